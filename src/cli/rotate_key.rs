//! `secmon-portal rotate-key`: moves every secret to the current key, while portals run.

use crate::{config::Settings, server::bootstrap, store::AuditRecord};

use super::{message, say};

pub async fn run(settings: &Settings) -> Result<(), String> {
    let store = bootstrap::open_store(settings).await?;
    let rotated = store.rotate_key(&AuditRecord::by_command_line()).await;
    store.close().await;
    let rotated = rotated.map_err(message)?;
    say(&format!(
        "All secrets are encrypted with the key in {}: {} were encrypted anew",
        settings.secret_key_file().display(),
        rotated.secrets
    ));
    if rotated.secrets > 0 {
        say(
            "Backups made until now need the earlier key; SECMON_PORTAL_OLD_SECRET_KEY_FILES need not name it any more",
        );
    }
    if !rotated.forgotten {
        say(
            "A reader was in the way: the database's log may hold what was encrypted with an earlier key; run it again",
        );
    }
    Ok(())
}
