//! Start of the portal from its settings: state, listeners, shutdown.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Limits, hardening};
use crate::{
    archive::{Archive, ArchiveSettings, Pace},
    auth::{Passwords, SignInWays},
    config::{Interval, Settings},
    control::Control,
    jobs::{Runner, Sweep},
    model::{Clock, Region},
    router::{self, Reach},
    sanitizer::Sanitizer,
    secmon::{self, BaseUrls, Secmon},
    store::{KeyFiles, SessionLimits, Store},
    telemetry::metrics,
    web::{AppState, assets, state::Https},
};

/// Time for requests under way at shutdown; the whole shutdown takes at most ten seconds.
const LAST_REQUESTS: Duration = Duration::from_secs(7);

/// Time for background writes after that.
const LAST_WRITES: Duration = Duration::from_secs(2);

/// How soon a client must have sent the head of its first request.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a client may read nothing of an answer.
const WRITE_STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Opens the configured store, and creates the default data directory.
///
/// # Errors
/// When that fails, in one line.
pub async fn open_store(settings: &Settings) -> Result<Store, String> {
    let (embedded, own_key) = (&settings.database_url, &settings.secret_key_file);
    if embedded.is_none() || own_key.is_none() {
        make_folder(settings)?;
    }
    let url = settings.database_url();
    let key_files = KeyFiles {
        current: settings.secret_key_file(),
        old: settings.old_secret_key_files.clone(),
    };
    Store::open(&url, key_files, Clock::system())
        .await
        .map_err(|error| error.to_string())
}

/// Creates the data directory, accessible to its owner only.
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

/// The client of the Secmon API.
///
/// # Errors
/// When the settings do not fit together, in one line.
pub fn api(settings: &Settings) -> Result<Secmon, String> {
    let addresses = settings.api_addresses();
    let address = |region: Region| {
        let of_region = addresses.iter().find(|(code, _)| *code == region.code());
        of_region.map_or(addresses[0].1, |(_, url)| *url).clone()
    };
    Secmon::new(secmon::Settings {
        bases: BaseUrls::new(address),
        token_url: settings.token_url.clone(),
        token_prefix: token_prefix(settings.token_prefix.as_deref()),
        timeout: settings.api_timeout,
        max_body: usize::try_from(settings.api_max_body.as_u64()).unwrap_or(usize::MAX),
        ..secmon::Settings::default()
    })
    .map_err(|error| error.to_string())
}

fn archive_settings(settings: &Settings) -> ArchiveSettings {
    let Interval(interval) = settings.sync_interval;
    let pace = Pace(settings.archive_pace.0);
    interval.map_or_else(ArchiveSettings::off, |interval| {
        ArchiveSettings::new(interval, pace)
    })
}

/// A setting loses the white space at its ends; the header needs it before the token.
fn token_prefix(setting: Option<&str>) -> String {
    match setting.map(str::trim) {
        None | Some("") => String::new(),
        Some(prefix) => format!("{prefix} "),
    }
}

/// Binds a listener, and returns its address: the port may have been 0.
///
/// # Errors
/// When the address is in use or not local, in one line.
pub async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let failed = |error| format!("cannot listen on {address}: {error}");
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Serves until `stop`, then lets requests under way finish.
///
/// # Errors
/// When a part of the portal cannot be started, in one line.
pub async fn serve(
    (settings, ways): (&Settings, SignInWays),
    store: Store,
    listener: TcpListener,
    address: SocketAddr,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let metrics = metrics_server(settings, &store).await?;
    warn_of_traps(settings, address);
    let secmon = api(settings)?;
    let clock = Clock::system();
    let reach = Reach {
        public_url: settings.public_url(address),
        trusted_proxies: settings.trusted_proxies.clone(),
    };
    let Https(https) = reach.https();
    let Interval(interval) = settings.sync_interval;
    let control = Control::new(store.clone(), secmon.clone(), clock.clone());
    let archive_settings = archive_settings(settings);
    let state = AppState {
        archive: Archive::new(store.clone(), secmon.clone(), archive_settings),
        control,
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
    let jobs = Runner::new(state.store.clone());
    jobs.start(state.control.poller(interval));
    jobs.start(Sweep(state.store.clone()));
    if state.archive.is_on() {
        jobs.start(state.archive.clone());
    }
    let stop = {
        let jobs = jobs.clone();
        async move {
            stop.await;
            // Their batches end while requests under way do.
            jobs.stop();
        }
    };
    let router = router::router(state.clone(), &reach);
    // A detached thread, so that shutdown does not wait for it.
    std::thread::spawn(assets::compress_all);
    super::serve(listener, router, limits(settings), stop).await;
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    // Change requests continue briefly without their browser.
    let last_writes = async {
        let archive = state.archive.drain();
        tokio::join!(
            state.control.finish(),
            jobs.drain(),
            state.sessions.drain(),
            archive
        );
        state.store.close().await;
    };
    if tokio::time::timeout(LAST_WRITES, last_writes)
        .await
        .is_err()
    {
        tracing::warn!("a change request or a job was still running at shutdown");
    }
    Ok(())
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        connections: hardening::connection_limit(),
        first_request: FIRST_REQUEST_TIMEOUT,
        keep_alive: settings.keep_alive,
        write_stall: WRITE_STALL_TIMEOUT,
        drain: LAST_REQUESTS,
    }
}

/// Serves metrics on their own listener, if the settings name one.
async fn metrics_server(
    settings: &Settings,
    store: &Store,
) -> Result<Option<JoinHandle<()>>, String> {
    let Some(address) = settings.metrics_listen else {
        return Ok(None);
    };
    let (listener, address) = listen(address).await?;
    let handle = metrics::install()?;
    let store = store.clone();
    let refresh = move || {
        let pool = store.pool_use();
        metrics::set_database_connections(pool.in_use, pool.idle);
    };
    tracing::info!(%address, "metrics are served at /metrics");
    let served = metrics::serve(listener, handle, Arc::new(refresh));
    Ok(Some(tokio::spawn(served)))
}

/// Warns of valid but unusual settings.
fn warn_of_traps(settings: &Settings, address: SocketAddr) {
    let public_url = settings.public_url(address);
    if settings.public_url.is_none() && address.ip().is_unspecified() {
        tracing::warn!(
            "SECMON_PORTAL_PUBLIC_URL is not set: links that the portal gives out begin with {public_url}, which works \
             on this machine only; set it to the address that people open"
        );
    }
    if public_url.scheme() == "https" && settings.trusted_proxies.is_empty() {
        tracing::warn!(
            "SECMON_PORTAL_PUBLIC_URL is https and SECMON_PORTAL_TRUSTED_PROXIES is not set: all clients seem to come \
             from the proxy; set it to the proxy's address"
        );
    }
    if settings
        .trusted_proxies
        .iter()
        .any(|net| net.prefix_len() == 0)
    {
        tracing::warn!(
            "SECMON_PORTAL_TRUSTED_PROXIES holds every address: clients can claim any address; set it to the \
             proxy's address"
        );
    }
}

fn session_limits(settings: &Settings) -> SessionLimits {
    let span = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
    SessionLimits {
        idle: span(settings.session_idle),
        most: span(settings.session_limit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_prefix_is_separated_from_the_token() {
        assert_eq!(token_prefix(Some("Bearer")), "Bearer ");
        assert_eq!(token_prefix(Some("Bearer ")), "Bearer ");
        assert_eq!(token_prefix(None), "");
    }
}
