//! `secmon-portal serve`: the portal.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    config::Settings,
    server::{bootstrap, shutdown_signal},
    store::Store,
    web::state::PublicUrl,
};

use super::{message, say, sign_in};

pub async fn run(settings: &Settings) -> Result<(), String> {
    let ways = sign_in::ways(&settings.sign_in)?;
    let stop = shutdown_signal()?;
    let (listener, address) = bootstrap::listen(settings.listen).await?;
    let store = bootstrap::open_store(settings).await?;
    if ways.by_password {
        offer_set_up(settings, &store, address).await?;
    }
    bootstrap::serve((settings, ways), store, listener, address, stop).await
}

/// Prints the setup link of a portal without users, outside the log: logs are stored.
async fn offer_set_up(
    settings: &Settings,
    store: &Store,
    address: SocketAddr,
) -> Result<(), String> {
    let token = store.set_up_link().await;
    let Some(token) = token.map_err(message)? else {
        return Ok(());
    };
    let link = PublicUrl(Arc::new(settings.public_url(address))).link(&format!("/setup/{token}"));
    say(&format!(
        "Nobody can sign in yet. Set the portal up at {link}"
    ));
    say("(The link works once, for 72 hours. It creates the site admin.)");
    Ok(())
}
