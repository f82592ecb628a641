//! `secmon-portal rotate-key`: a new key for what is encrypted, while portals run.

use std::path::PathBuf;

use crate::{
    config::Settings,
    server::bootstrap,
    store::{AuditRecord, KeyError},
};

use super::say;

#[derive(Debug, clap::Args)]
pub struct RotateKeyArgs {
    /// A file that holds the new key, or is made with one; you put it in the place of the key file yourself
    /// [default: a new key takes that place, and the one before is kept beside it]
    #[arg(long, env = "SECMON_PORTAL_NEW_KEY_FILE", value_name = "FILE")]
    new_key_file: Option<PathBuf>,
}

pub async fn run(settings: &Settings, args: &RotateKeyArgs) -> Result<(), String> {
    let store = bootstrap::open_store(settings).await?;
    let by = AuditRecord::by_command_line();
    let given = args.new_key_file.as_deref();
    let rotated = store.rotate_key(given, &by).await;
    store.close().await;
    let rotated = rotated.map_err(|error| match error {
        KeyError::Write { .. } if given.is_none() => {
            format!("{error}; where it cannot be written, give the new key with --new-key-file")
        }
        error => error.to_string(),
    })?;
    say(&format!(
        "The key was replaced: {} secrets are encrypted with the one in {}",
        rotated.secrets,
        rotated.key_file.display()
    ));
    match rotated.old {
        Some(old) => say(&format!(
            "The one before is kept in {}: copies of the database made until now need it",
            old.display()
        )),
        None => say(&format!(
            "Put it in the place of {} for every portal; until then they answer 503",
            settings.secret_key_file().display()
        )),
    }
    if !rotated.forgotten {
        say(
            "A reader was in the way: the database's log may hold what was encrypted with the key before",
        );
    }
    Ok(())
}
