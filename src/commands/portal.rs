//! From settings to a running portal: its parts, its listener, its end.

use std::{future::Future, net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use tokio::net::TcpListener;

use super::server;
use crate::{
    app::{self, Reach},
    config::{Interval, Settings},
    control::Control,
    credentials::{Passwords, SignInWays},
    model::{Clock, Region},
    sanitizer::Sanitizer,
    secmon::{self, Bases, Secmon},
    store::{SessionLimits, Store},
    web::{Portal, portal::Https},
};

/// How long requests under way may take after the portal was told to end; it must be gone within
/// ten seconds.
const LAST_REQUESTS: Duration = Duration::from_secs(7);

/// How long what nobody waits for may take after that.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// How often sessions and counts whose time is over are forgotten.
const SWEEP: Duration = Duration::from_hours(1);

/// Opens the store that the settings name, and makes the folder for what lies in it by default.
pub async fn open_store(settings: &Settings) -> Result<Store, String> {
    let (embedded, own_key) = (&settings.database_url, &settings.secret_key_file);
    if embedded.is_none() || own_key.is_none() {
        make_folder(settings)?;
    }
    let url = settings.database_url();
    Store::open(&url, &settings.secret_key_file(), Clock::system())
        .await
        .map_err(|error| error.to_string())
}

/// Only its owner may look into the folder with the database and the key.
fn make_folder(settings: &Settings) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = &settings.data_dir;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    let shown = folder.display();
    made.map_err(|error| format!("cannot make the data directory {shown}: {error}"))
}

pub fn api(settings: &Settings) -> Result<Secmon, String> {
    let addresses = settings.api_addresses();
    let address = |region: Region| {
        let of_region = addresses.iter().find(|(code, _)| *code == region.code());
        of_region.map_or(addresses[0].1, |(_, url)| *url).clone()
    };
    Secmon::new(secmon::Settings {
        bases: Bases::new(address),
        token_url: settings.token_url.clone(),
        token_prefix: token_prefix(settings.token_prefix.as_deref()),
        timeout: settings.api_timeout,
        max_body: usize::try_from(settings.api_max_body.as_u64()).unwrap_or(usize::MAX),
        ..secmon::Settings::default()
    })
    .map_err(|error| error.to_string())
}

/// A setting loses the white space at its ends; the header needs it before the token.
fn token_prefix(setting: Option<&str>) -> String {
    match setting.map(str::trim) {
        None | Some("") => String::new(),
        Some(prefix) => format!("{prefix} "),
    }
}

pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let failed = |error| format!("cannot listen on {address}: {error}");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Serves until `stop`, then lets requests under way finish.
pub async fn serve(
    (settings, ways): (&Settings, SignInWays),
    store: Store,
    listener: TcpListener,
    address: SocketAddr,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let secmon = api(settings)?;
    let clock = Clock::system();
    let reach = Reach {
        public_url: settings.public_url(address),
        trusted_proxies: settings.trusted_proxies.clone(),
    };
    let Https(https) = reach.https();
    let Interval(interval) = settings.sync_interval;
    let control = Control::new(store.clone(), secmon.clone(), clock.clone());
    let portal = Portal {
        control: control.reading_every(interval),
        passwords: Passwords::new().await.map_err(|error| error.to_string())?,
        sanitizer: Sanitizer::default(),
        secmon,
        clock,
        https: Https(https),
        second_factor: settings.second_factor,
        sessions: store.sessions(session_limits(settings)),
        ways,
        store,
    };
    tracing::info!(%address, public_url = %reach.public_url, "the portal listens");
    let sweep = tokio::spawn(forget_ended(portal.store.clone()));
    let follower = tokio::spawn(portal.control.clone().keep_following());
    let router = app::router(portal.clone(), &reach);
    server::serve(listener, router, https, stop, LAST_REQUESTS).await;
    sweep.abort();
    follower.abort();
    // Work on requests for control goes on a little without its browser.
    let last_writes = async {
        portal.control.finish().await;
        portal.store.close().await;
    };
    if tokio::time::timeout(LAST_WRITES, last_writes)
        .await
        .is_err()
    {
        tracing::warn!("a request for control was still under way at the end");
    }
    Ok(())
}

fn session_limits(settings: &Settings) -> SessionLimits {
    let span = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    SessionLimits {
        idle: span(settings.session_idle),
        most: span(settings.session_limit),
    }
}

async fn forget_ended(store: Store) {
    let mut hour = tokio::time::interval(SWEEP);
    loop {
        hour.tick().await;
        if let Err(error) = store.forget_ended().await {
            tracing::warn!(%error, "what has ended could not be forgotten");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_prefix_is_parted_from_the_token() {
        assert_eq!(token_prefix(Some("Bearer")), "Bearer ");
        assert_eq!(token_prefix(Some("Bearer ")), "Bearer ");
        assert_eq!(token_prefix(None), "");
    }
}
