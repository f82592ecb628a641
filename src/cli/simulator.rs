//! `secmon-portal simulator`: the simulated Secmon API alone.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::TcpListener;

use super::{read, say};
use crate::{
    model::{AppKey, TokenCredentials},
    server::shutdown_signal,
    simulator::{FAULT_NAMES, Options, Outage, Simulator},
};

/// Runs the simulated Secmon API; the same seed gives the same data.
#[derive(Debug, clap::Args)]
pub struct SimulatorArgs {
    /// Listen address; port 0 takes a free port
    #[arg(
        long,
        value_name = "ADDR",
        env = "SECMON_PORTAL_SIMULATOR_LISTEN",
        default_value = "127.0.0.1:8090"
    )]
    pub listen: SocketAddr,

    /// File of appKeys, one per line, each a tenant with its own data, or - for standard input
    /// [default: one tenant with the appKey simulator-key-1]
    #[arg(long, value_name = "F", env = "SECMON_PORTAL_SIMULATOR_APP_KEY_FILE")]
    pub app_key_file: Option<PathBuf>,

    /// VMs of each tenant, counting those behind load balancers
    #[arg(
        long,
        value_name = "N",
        env = "SECMON_PORTAL_SIMULATOR_VMS",
        default_value_t = 60
    )]
    pub vms: usize,

    /// Tickets of each tenant, over the last five years
    #[arg(
        long,
        value_name = "N",
        env = "SECMON_PORTAL_SIMULATOR_TICKETS",
        default_value_t = 240
    )]
    pub tickets: usize,

    /// Events of each tenant, over the last 92 days
    #[arg(
        long,
        value_name = "N",
        env = "SECMON_PORTAL_SIMULATOR_EVENTS",
        default_value_t = 5000
    )]
    pub events: usize,

    /// Changes of control of each tenant, over the last three years
    #[arg(
        long,
        value_name = "N",
        env = "SECMON_PORTAL_SIMULATOR_HISTORY",
        default_value_t = 120
    )]
    pub history: usize,

    /// Seed of all names, addresses and ids
    #[arg(
        long,
        value_name = "S",
        env = "SECMON_PORTAL_SIMULATOR_SEED",
        default_value_t = 1
    )]
    pub seed: u64,

    /// Delay until an added VM is monitored and a released one is gone
    #[arg(long, value_name = "TIME", env = "SECMON_PORTAL_SIMULATOR_DELAY", default_value = "30s", value_parser = humantime::parse_duration)]
    pub delay: Duration,

    /// Latency of each response
    #[arg(long, value_name = "TIME", env = "SECMON_PORTAL_SIMULATOR_LATENCY", default_value = "0s", value_parser = humantime::parse_duration)]
    pub latency: Duration,

    /// What goes wrong
    #[arg(long, value_name = "FAULT", env = "SECMON_PORTAL_SIMULATOR_FAULT", help = fault_help())]
    pub fault: Option<Outage>,

    /// File with id:secret, or - for standard input; calls then require an access token from
    /// /oauth2/token/create
    #[arg(long, value_name = "T", env = "SECMON_PORTAL_SIMULATOR_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
}

fn fault_help() -> String {
    format!(
        "What goes wrong: {FAULT_NAMES}. Limited by prefixes: changes:, reads: or token:, and once: or a number \
         of calls; for example changes:hang-after, once:reads:html, 3:unavailable"
    )
}

impl SimulatorArgs {
    /// Serves until a shutdown signal.
    ///
    /// # Errors
    /// When a file is unreadable or the address is unavailable, in one line.
    pub async fn run(self) -> Result<(), String> {
        let listen = self.listen;
        let known_key = self.app_key_file.is_none();
        let simulator = Simulator::new(self.options()?);
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| format!("cannot listen at {listen}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        announce(address, known_key);
        let stop = shutdown_signal()?;
        let served = simulator.serve(listener, stop).await;
        served.map_err(|error| error.to_string())
    }

    fn options(self) -> Result<Options, String> {
        let stdin = Some(Path::new("-"));
        if self.app_key_file.as_deref() == stdin && self.token_file.as_deref() == stdin {
            return Err(
                "standard input can be only one of --app-key-file and --token-file".to_owned(),
            );
        }
        let defaults = Options::default();
        let app_keys = match &self.app_key_file {
            Some(file) => app_keys(file)?,
            None => defaults.app_keys.clone(),
        };
        let token = self.token_file.as_deref().map(credentials).transpose()?;
        Ok(Options {
            app_keys,
            vms: self.vms,
            tickets: self.tickets,
            events: self.events,
            history: self.history,
            seed: self.seed,
            latency: self.latency,
            delay: self.delay,
            fault: self.fault,
            token,
            ..defaults
        })
    }
}

fn app_keys(file: &Path) -> Result<Vec<AppKey>, String> {
    let text = read(file)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys: Vec<AppKey> = lines
        .map(AppKey::parse)
        .collect::<Result<_, _>>()
        .map_err(|refused| format!("an appKey in {} {refused}", file.display()))?;
    if keys.is_empty() {
        return Err(format!("{} holds no appKey", file.display()));
    }
    Ok(keys)
}

fn credentials(file: &Path) -> Result<TokenCredentials, String> {
    TokenCredentials::parse(&read(file)?).map_err(|refused| format!("{} {refused}", file.display()))
}

/// One line, at once: a script waits for it. A key from a file is a secret; the built-in one is not.
fn announce(address: SocketAddr, known_key: bool) {
    let key = if known_key {
        ", appKey simulator-key-1"
    } else {
        ""
    };
    say(&format!("Simulated Secmon API at http://{address}{key}"));
}
