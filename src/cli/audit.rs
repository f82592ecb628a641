//! `secmon-portal audit`: verification of the audit log.

use clap::Subcommand;

use crate::{config::Settings, server::bootstrap};

use super::{message, say};

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Checks the hash chain and names the first event that was altered, removed or inserted
    Verify,
}

pub async fn run(settings: &Settings, command: &AuditCommand) -> Result<(), String> {
    let AuditCommand::Verify = command;
    let store = bootstrap::open_store(settings).await?;
    let verified = store.verify_audit().await;
    store.close().await;
    let rows = verified.map_err(message)?;
    say(&format!("The audit log is whole: {rows} rows"));
    Ok(())
}
