//! `secmon-portal backup`: a copy of the database while the portal runs.

use std::path::PathBuf;

use crate::{config::Settings, store};

use super::{message, say};

#[derive(Debug, clap::Args)]
pub struct BackupArgs {
    /// The file to create
    #[arg(env = "SECMON_PORTAL_BACKUP_FILE", value_name = "FILE")]
    file: PathBuf,
}

pub async fn run(settings: &Settings, BackupArgs { file }: BackupArgs) -> Result<(), String> {
    let database = settings.existing_database_url();
    let copied = store::backup(&database, &file).await;
    copied.map_err(message)?;
    say(&format!(
        "The database is copied to {}; the key that its secrets need is not in it",
        file.display()
    ));
    Ok(())
}
