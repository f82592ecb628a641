//! Every setting of the portal, once: `--help` is the reference, and each option has its environment variable.

mod command_line;
mod database_url;
mod single_sign_on;
mod value;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use ipnet::IpNet;
use url::Url;

pub use command_line::{log_format_of_process, one_line, parse};
pub use database_url::DatabaseUrl;
pub use single_sign_on::{SignInSettings, Switch};

/// How the portal is set up; the same for every command.
///
/// The options are global, so that `secmon-portal team list --data-dir D` works as well as
/// `secmon-portal --data-dir D team list`. Environment values never show in `--help`: one may hold a password.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// Listen address: IP or host, and port
    #[arg(
        long,
        env = "SECMON_PORTAL_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::address)]
    pub listen: SocketAddr,

    /// Folder of the embedded database and the generated key
    #[arg(
        long,
        env = "SECMON_PORTAL_DATA_DIR",
        value_name = "FOLDER",
        default_value = "./data"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::folder)]
    pub data_dir: PathBuf,

    /// The database, `sqlite://…` or `postgres://…` [default: portal.db in the data dir]
    ///
    /// Give an address with a password by the variable: other users of the machine can read a command line.
    #[arg(long, env = "SECMON_PORTAL_DATABASE_URL", value_name = "URL")]
    #[arg(global = true, hide_env_values = true)]
    pub database_url: Option<DatabaseUrl>,

    /// The 32-byte key that encrypts secrets at rest [default: secret.key in the data dir, made on the first start]
    #[arg(long, env = "SECMON_PORTAL_SECRET_KEY_FILE", value_name = "FILE")]
    #[arg(global = true, hide_env_values = true)]
    pub secret_key_file: Option<PathBuf>,

    /// Files of earlier keys, comma-separated; they decrypt until `rotate-key` has run [default: none]
    #[arg(
        long,
        env = "SECMON_PORTAL_OLD_SECRET_KEY_FILES",
        value_name = "FILES",
        value_delimiter = ','
    )]
    #[arg(global = true, hide_env_values = true)]
    pub old_secret_key_files: Vec<PathBuf>,

    /// The portal's URL in browsers; https makes cookies Secure [default: http:// + the listen address]
    #[arg(long, env = "SECMON_PORTAL_PUBLIC_URL", value_name = "URL")]
    #[arg(global = true, hide_env_values = true, value_parser = value::origin)]
    pub public_url: Option<Url>,

    /// Base address of the Secmon API in the region kr1
    #[arg(long, env = "SECMON_PORTAL_API_KR1", value_name = "URL")]
    #[arg(default_value = "https://kr1-secmon.api.nhncloudservice.com")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub api_kr1: Url,

    /// Base address of the Secmon API in the region kr2
    #[arg(long, env = "SECMON_PORTAL_API_KR2", value_name = "URL")]
    #[arg(default_value = "https://kr2-secmon.api.nhncloudservice.com")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub api_kr2: Url,

    /// Base address of the Secmon API in the region kr3
    #[arg(long, env = "SECMON_PORTAL_API_KR3", value_name = "URL")]
    #[arg(default_value = "https://kr3-secmon.api.nhncloudservice.com")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub api_kr3: Url,

    /// Base address of the Secmon API in the region gov-kr1
    #[arg(long, env = "SECMON_PORTAL_API_GOV_KR1", value_name = "URL")]
    #[arg(default_value = "https://kr1-secmon.api.gov-nhncloudservice.com")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub api_gov_kr1: Url,

    /// Base address of the Secmon API in the region gov-kr2
    #[arg(long, env = "SECMON_PORTAL_API_GOV_KR2", value_name = "URL")]
    #[arg(default_value = "https://kr2-secmon.api.gov-nhncloudservice.com")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub api_gov_kr2: Url,

    /// URL of the token endpoint
    #[arg(long, env = "SECMON_PORTAL_TOKEN_URL", value_name = "URL")]
    #[arg(default_value = "https://oauth.api.nhncloudservice.com/oauth2/token/create")]
    #[arg(global = true, hide_env_values = true, value_parser = value::base_address)]
    pub token_url: Url,

    /// Prefix of the token in the header `x-nhn-authorization`, such as `Bearer` [default: none]
    #[arg(long, env = "SECMON_PORTAL_TOKEN_PREFIX", value_name = "WORD")]
    #[arg(global = true, hide_env_values = true, value_parser = value::token_prefix)]
    pub token_prefix: Option<String>,

    /// Total timeout of one API call: connect, retries and body
    #[arg(
        long,
        env = "SECMON_PORTAL_API_TIMEOUT",
        value_name = "TIME",
        default_value = "10s"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::timeout)]
    pub api_timeout: Duration,

    /// Maximum size of an API response after decompression
    #[arg(
        long,
        env = "SECMON_PORTAL_API_MAX_BODY",
        value_name = "SIZE",
        default_value = "16MiB"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::size)]
    pub api_max_body: ByteSize,

    /// Proxies whose Forwarded and X-Forwarded-* headers are trusted: addresses or CIDRs, comma-separated [default: none]
    #[arg(
        long,
        env = "SECMON_PORTAL_TRUSTED_PROXIES",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Idle timeout of a connection between requests; must exceed the proxy's
    #[arg(
        long,
        env = "SECMON_PORTAL_KEEP_ALIVE",
        value_name = "TIME",
        default_value = "120s"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::keep_alive)]
    pub keep_alive: Duration,

    /// Listen address of Prometheus `/metrics`, without authentication [default: off]
    #[arg(long, env = "SECMON_PORTAL_METRICS_LISTEN", value_name = "ADDRESS")]
    #[arg(global = true, hide_env_values = true, value_parser = value::address)]
    pub metrics_listen: Option<SocketAddr>,

    /// Who must use a second factor; everybody may
    #[arg(
        long,
        env = "SECMON_PORTAL_SECOND_FACTOR",
        value_name = "WHO",
        default_value = "optional"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub second_factor: SecondFactorRule,

    /// Idle timeout of a session
    #[arg(
        long,
        env = "SECMON_PORTAL_SESSION_IDLE",
        value_name = "TIME",
        default_value = "8h"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::session_time)]
    pub session_idle: Duration,

    /// Maximum lifetime of a session
    #[arg(
        long,
        env = "SECMON_PORTAL_SESSION_LIMIT",
        value_name = "TIME",
        default_value = "24h"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::session_time)]
    pub session_limit: Duration,

    #[command(flatten)]
    pub sign_in: SignInSettings,

    /// Interval of the background synchronization of each team, or `off`
    #[arg(
        long,
        env = "SECMON_PORTAL_SYNC_INTERVAL",
        value_name = "TIME",
        default_value = "5m"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::interval)]
    pub sync_interval: Interval,

    /// Maximum API calls of the archive per second and team, or `unlimited`
    #[arg(
        long,
        env = "SECMON_PORTAL_ARCHIVE_PACE",
        value_name = "CALLS",
        default_value = "2"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::pace)]
    pub archive_pace: Pace,

    /// Log filter of tracing, such as `info` or `warn,secmon_portal=debug`
    #[arg(
        long,
        env = "SECMON_PORTAL_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::log_filter)]
    pub log: String,

    /// Log format
    #[arg(
        long,
        env = "SECMON_PORTAL_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub log_format: LogFormat,
}

/// Who must use a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SecondFactorRule {
    /// Nobody
    Optional,
    /// Operators, admins and site admins
    Operators,
    /// Everybody
    Everybody,
}

/// Interval of background work; `None` when it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Option<Duration>);

/// The time between two calls; none, when the pace is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub Duration);

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl Settings {
    /// The URL of the database. An SQLite file is created when it is missing, unless the URL has a mode.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database_url.as_ref().map_or_else(
            || DatabaseUrl::from_file(&self.database_file()).to_url(),
            DatabaseUrl::to_url,
        )
    }

    /// The URL of an existing database: no file is created.
    #[must_use]
    pub fn existing_database_url(&self) -> String {
        self.database_url.as_ref().map_or_else(
            || DatabaseUrl::from_file(&self.database_file()).to_existing_url(),
            DatabaseUrl::to_existing_url,
        )
    }

    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        self.data_dir.join("portal.db")
    }

    #[must_use]
    pub fn secret_key_file(&self) -> PathBuf {
        self.secret_key_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("secret.key"))
    }

    /// The portal's URL in browsers when it listens on `listen`: the setting may be port 0. An unspecified address is
    /// `localhost` on this machine.
    ///
    /// # Panics
    /// Never: a socket address always makes an origin.
    #[must_use]
    pub fn public_url(&self, listen: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| {
            let origin = if listen.ip().is_unspecified() {
                format!("http://localhost:{}", listen.port())
            } else {
                format!("http://{listen}")
            };
            Url::parse(&origin).expect("an address makes an origin")
        })
    }

    /// The base address of the Secmon API for each region's code.
    #[must_use]
    pub fn api_addresses(&self) -> [(&'static str, &Url); 5] {
        [
            ("kr1", &self.api_kr1),
            ("kr2", &self.api_kr2),
            ("kr3", &self.api_kr3),
            ("gov-kr1", &self.api_gov_kr1),
            ("gov-kr2", &self.api_gov_kr2),
        ]
    }
}

#[cfg(test)]
mod tests;
