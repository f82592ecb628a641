//! Chromium, and the problems that it reports.

use std::{collections::BTreeSet, os::unix::fs::MetadataExt as _, path::PathBuf};

use chromiumoxide::{
    Browser as Chromium, BrowserConfig, Page,
    cdp::{
        browser_protocol::{audits, log, network},
        js_protocol::runtime,
    },
    listeners::EventStream,
};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use tempfile::TempDir;

/// A browser with one tab and a new profile.
pub struct Browser {
    chromium: Chromium,
    pub page: Page,
    watch: Watch,
    _profile: TempDir,
}

impl Browser {
    /// Every request to another origin is a problem.
    pub async fn start(origin: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let (chromium, mut handler) = Chromium::launch(config(&profile))
            .await
            .expect("Chromium starts");
        tokio::spawn(async move { while handler.next().await.is_some() {} });
        let page = chromium.new_page("about:blank").await.expect("a tab");
        let watch = Watch::start(&page, origin).await;
        Self {
            chromium,
            page,
            watch,
            _profile: profile,
        }
    }

    /// The problems since the last call. A failed document is one, unless its path is `expected`.
    pub fn problems(&mut self, expected: &BTreeSet<String>) -> Vec<String> {
        self.watch.problems(expected)
    }

    /// Allows pages of another origin and ignores their problems.
    pub fn allow_origin(&mut self, origin: &str) {
        self.watch.others.push(origin.to_owned());
    }

    pub async fn close(mut self) {
        self.chromium.close().await.expect("is told");
        self.chromium.wait().await.expect("ends");
    }
}

fn config(profile: &TempDir) -> BrowserConfig {
    let executable = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let mut config = BrowserConfig::builder()
        .chrome_executable(PathBuf::from(executable))
        .user_data_dir(profile.path())
        .new_headless_mode()
        .viewport(None)
        .window_size(1280, 900)
        .args([
            "disable-gpu",
            "disable-quic",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            "hide-scrollbars",
        ])
        // No name outside this machine resolves.
        .arg(("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"));
    if is_root() {
        config = config.no_sandbox();
    }
    config.build().expect("can be")
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}

/// The events of a tab, buffered by the protocol.
struct Watch {
    origin: String,
    /// Origins with ignored problems.
    others: Vec<String>,
    requests: EventStream<network::EventRequestWillBeSent>,
    responses: EventStream<network::EventResponseReceived>,
    failures: EventStream<network::EventLoadingFailed>,
    console: EventStream<runtime::EventConsoleApiCalled>,
    exceptions: EventStream<runtime::EventExceptionThrown>,
    entries: EventStream<log::EventEntryAdded>,
    issues: EventStream<audits::EventIssueAdded>,
}

impl Watch {
    async fn start(page: &Page, origin: &str) -> Self {
        let watch = Self {
            origin: origin.to_owned(),
            others: Vec::new(),
            requests: page.event_listener().await.expect("listens"),
            responses: page.event_listener().await.expect("listens"),
            failures: page.event_listener().await.expect("listens"),
            console: page.event_listener().await.expect("listens"),
            exceptions: page.event_listener().await.expect("listens"),
            entries: page.event_listener().await.expect("listens"),
            issues: page.event_listener().await.expect("listens"),
        };
        page.execute(network::EnableParams::default())
            .await
            .expect("watches requests");
        page.execute(audits::EnableParams::default())
            .await
            .expect("watches issues");
        page.enable_runtime().await.expect("watches the console");
        page.enable_log().await.expect("watches the log");
        watch
    }

    fn problems(&mut self, expected: &BTreeSet<String>) -> Vec<String> {
        let mut all = Vec::new();
        let origin = self.origin.as_str();
        let others = self.others.clone();
        let is_elsewhere = |url: &str| others.iter().any(|other| path_below(other, url).is_some());
        let is_expected = |url: &str| {
            let path = path_below(origin, url).unwrap_or_default();
            expected.contains(path.split('?').next().unwrap_or_default())
        };
        for event in arrived(&mut self.requests) {
            let url = &event.request.url;
            let inside = url.starts_with("data:") || url.starts_with("about:");
            if path_below(origin, url).is_none() && !inside && !is_elsewhere(url) {
                all.push(format!("a request to {url}"));
            }
        }
        for event in arrived(&mut self.responses) {
            let (url, status) = (&event.response.url, event.response.status);
            let document = event.r#type == network::ResourceType::Document;
            if status >= 400 && !(document && is_expected(url)) && !is_elsewhere(url) {
                all.push(format!("{url} answered {status}"));
            }
        }
        for event in arrived(&mut self.failures) {
            if event.canceled != Some(true) {
                all.push(format!("a request failed: {}", event.error_text));
            }
        }
        for event in arrived(&mut self.console) {
            use runtime::ConsoleApiCalledType as Call;
            if matches!(event.r#type, Call::Error | Call::Warning | Call::Assert) {
                all.push(format!("the console says {:?}", event.args));
            }
        }
        for event in arrived(&mut self.exceptions) {
            all.push(format!("a script failed: {:?}", event.exception_details));
        }
        for event in arrived(&mut self.entries) {
            let entry = &event.entry;
            let expected = entry.source == log::LogEntrySource::Network
                && entry.url.as_deref().is_some_and(is_expected)
                || entry.url.as_deref().is_some_and(is_elsewhere);
            let loud = matches!(
                entry.level,
                log::LogEntryLevel::Error | log::LogEntryLevel::Warning
            );
            if loud && !expected {
                all.push(format!("the log says {}: {:?}", entry.text, entry.url));
            }
        }
        for event in arrived(&mut self.issues) {
            use audits::InspectorIssueCode as Code;
            if event.issue.code == Code::ContentSecurityPolicyIssue {
                all.push(format!("against the policy: {:?}", event.issue.details));
            }
        }
        all
    }
}

/// The events so far: the browser sends them before the response to the last command.
fn arrived<Event>(stream: &mut (impl Stream<Item = Event> + Unpin)) -> Vec<Event> {
    std::iter::from_fn(|| stream.next().now_or_never().flatten()).collect()
}

/// The path of an address below `origin`.
fn path_below<'a>(origin: &str, url: &'a str) -> Option<&'a str> {
    let path = url.strip_prefix(origin)?;
    (path.is_empty() || path.starts_with('/')).then_some(path)
}
