//! Log lines on stderr, as text or as JSON.

use std::io::{self, IsTerminal as _};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::filter_fn,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::config::LogFormat;

use super::plain_lines::PlainLines;

/// Crates that handle URLs, which hold appKeys and invitation links, and headers, which hold tokens; and the module of
/// the database driver that repeats invalid parts of the database URL. Most log them at `debug`, some above. The portal
/// logs their errors itself.
const SILENT: [&str; 7] = [
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "reqwest",
    "sqlx_postgres::options",
    "tower_http",
];

/// Crates whose warnings hold no secret, while lower levels may: form input, session ids, database and ticket content.
const WARNINGS_ONLY: [&str; 12] = [
    "axum",
    "axum_core",
    "html5ever",
    "markup5ever",
    "rustls",
    "rustls_platform_verifier",
    "selectors",
    "sqlx",
    "sqlx_core",
    "sqlx_postgres",
    "sqlx_sqlite",
    "tower_sessions",
];

/// Crates that warn of ordinary events, such as a cookie of an expired session.
const ERRORS_ONLY: [&str; 1] = ["tower_sessions_core"];

/// Starts logging to stderr, for the whole process; a second start changes nothing.
///
/// `filter` was read by [`crate::config`]; one that is no filter counts as `info`.
pub fn start(filter: &str, format: LogFormat) {
    let colors = io::stderr().is_terminal();
    // It fails when a subscriber is there already.
    let _ = subscriber(filter, format, colors, io::stderr).try_init();
}

/// Logs only the location of a panic: its message may hold a secret.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic");
    }));
}

fn subscriber<W>(
    filter: &str,
    format: LogFormat,
    colors: bool,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        .with_writer(PlainLines { writer, colors })
        .with_ansi(colors);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    };
    let wanted = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // Filters of the whole registry, not of the layer: a layer's filter remembers its last answer per thread, and an
    // `enabled!` question (sqlx asks one after each query) makes it lose the event that follows. It also hides the
    // maximum level, without which the `log` facade formats every token of the HTML parser.
    tracing_subscriber::registry()
        .with(wanted)
        .with(filter_fn(keeps_secrets))
        .with(lines)
}

/// Applies on top of the operator's filter: no setting logs a URL or a session id.
fn keeps_secrets(about: &Metadata<'_>) -> bool {
    let comes_from = |name: &&'static str| {
        let rest = about.target().strip_prefix(*name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    if SILENT.iter().any(comes_from) {
        return false;
    }
    if ERRORS_ONLY.iter().any(comes_from) {
        return *about.level() == Level::ERROR;
    }
    *about.level() <= Level::WARN || !WARNINGS_ONLY.iter().any(comes_from)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::level_filters::LevelFilter;
    use tracing_log::{AsTrace as _, log};

    use super::*;

    /// The log of `tell` with this filter.
    fn logged(filter: &str, format: LogFormat, tell: impl FnOnce()) -> String {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let writer = LogBuffer(Arc::clone(&kept));
        tracing::subscriber::with_default(
            subscriber(filter, format, false, move || writer.clone()),
            tell,
        );
        let bytes = kept.lock().expect("is not poisoned").clone();
        String::from_utf8(bytes).expect("is text")
    }

    #[derive(Clone)]
    struct LogBuffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for LogBuffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("is not poisoned").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn hostile_value_cannot_forge_a_log_line() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let log = logged("info", format, || {
                let message = "broken\n2030-01-01T00:00:00Z  INFO all is well\r\u{1b}[2J";
                tracing::warn!(error = %message, message, "a page failed");
            });
            assert_eq!(log.matches('\n').count(), 1, "{log}");
            assert!(log.ends_with('\n'), "{log}");
            assert!(!log.trim_end().contains(char::is_control), "{log:?}");
        }
    }

    #[test]
    fn log_filter_cannot_reveal_secrets() {
        for filter in [
            "trace",
            "hyper_util=trace,reqwest=trace,sqlx=trace",
            "hyper_util::client=trace,trace",
        ] {
            let log = logged(filter, LogFormat::Text, || {
                tracing::debug!(target: "hyper_util::client", "a secret address");
                tracing::error!(target: "hyper", "a secret address");
                tracing::trace!(target: "reqwest::connect", "a secret address");
                tracing::trace!(target: "tower_http::csrf", "a secret address");
                tracing::warn!(target: "sqlx_postgres::options::parse", "a secret value");
                tracing::debug!(target: "sqlx::query", "a secret value");
                let span = tracing::info_span!(target: "tower_sessions::service", "session", id = "a secret name");
                span.in_scope(|| tracing::warn!(target: "sqlx::query", "slow statement"));
            });
            assert!(!log.contains("secret"), "{log}");
            assert!(
                filter.starts_with("hyper_util=") || log.contains("slow statement"),
                "{log}"
            );
        }
    }

    #[test]
    fn expired_session_logs_nothing_and_unreadable_one_an_error() {
        let log = logged("trace", LogFormat::Text, || {
            let core = "possibly suspicious activity: record not found in store";
            tracing::warn!(target: "tower_sessions_core::session", "{core}");
            tracing::error!(target: "tower_sessions_core::session", "no database");
            tracing::warn!(target: "tower_sessions::service", "malformed session id");
        });
        assert!(!log.contains("suspicious"), "{log}");
        assert!(
            log.contains("no database") && log.contains("malformed"),
            "{log}"
        );
    }

    #[test]
    fn filter_selects_among_the_own_lines() {
        let tell = || {
            tracing::info!(target: "secmon_portal::app", "started");
            tracing::debug!(target: "secmon_portal::app", "in detail");
            tracing::info!(target: "hyper_like", "another crate");
        };
        let lines = |filter| logged(filter, LogFormat::Text, tell).lines().count();
        assert_eq!(
            ["off", "warn", "info", "trace", "secmon_portal=debug"].map(lines),
            [0, 0, 2, 3, 2]
        );
    }

    #[test]
    fn json_line_is_an_object_with_its_request() {
        let log = logged("info", LogFormat::Json, || {
            let request = tracing::info_span!("request", id = "r1");
            request.in_scope(|| tracing::info!(rows = 3, "listed"));
        });
        let line: serde_json::Value = serde_json::from_str(&log).expect("is one object");
        assert_eq!(
            (&line["level"], &line["message"], &line["rows"]),
            (&"INFO".into(), &"listed".into(), &3.into())
        );
        assert_eq!(line["span"]["id"], "r1");
        assert!(
            line["timestamp"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z')),
            "{line}"
        );
    }

    #[test]
    fn text_has_no_colors_outside_a_terminal() {
        let log = logged("info", LogFormat::Text, || {
            tracing::info!("started \u{1b}[31m red");
        });
        assert!(log.contains("INFO") && !log.contains('\u{1b}'), "{log:?}");
    }

    #[test]
    fn event_is_logged_after_another_crate_queried_its_level() {
        let log = logged("info", LogFormat::Text, || {
            // The query of `log::log_enabled!`.
            let query = log::Metadata::builder()
                .target("sqlx::query")
                .level(log::Level::Debug)
                .build();
            tracing::dispatcher::get_default(|log| log.enabled(&query.as_trace()));
            tracing::error!(target: "secmon_portal::web::error", "a page failed");
        });
        assert!(log.contains("a page failed"), "{log}");
    }

    #[test]
    fn maximum_level_follows_the_filter() {
        for (filter, level) in [
            ("warn", LevelFilter::WARN),
            ("info", LevelFilter::INFO),
            ("warn,secmon_portal=debug", LevelFilter::DEBUG),
        ] {
            let subscriber = subscriber(filter, LogFormat::Text, false, io::sink);
            assert_eq!(subscriber.max_level_hint(), Some(level), "{filter}");
        }
    }

    #[test]
    fn second_initialization_changes_nothing() {
        start("info", LogFormat::Text);
        start("not=a=filter", LogFormat::Json);
    }
}
