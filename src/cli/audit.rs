//! `secmon-portal audit`: the audit log as a whole.

use clap::Subcommand;

use crate::{config::Settings, server::bootstrap};

use super::say;

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks that no row of the audit log was altered, removed or put in, and names the first that was
    Verify,
}

pub async fn run(settings: &Settings, command: &AuditCommand) -> Result<(), String> {
    let AuditCommand::Verify = command;
    let store = bootstrap::open_store(settings).await?;
    let verified = store.verify_audit().await;
    store.close().await;
    let rows = verified.map_err(|error| error.to_string())?;
    say(&format!("The audit log is whole: {rows} rows"));
    Ok(())
}
