//! `secmon-portal serve`: the portal.

use crate::config::Settings;

use super::{portal, told_to_stop};

pub async fn run(settings: &Settings) -> Result<(), String> {
    let stop = told_to_stop()?;
    let (listener, address) = portal::listen(settings.listen).await?;
    let store = portal::open_store(settings).await?;
    portal::serve(settings, store, listener, address, stop).await
}
