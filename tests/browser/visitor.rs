//! Somebody in front of the browser: goes to pages, clicks, types, reads.

use std::{collections::BTreeSet, time::Duration};

use chromiumoxide::cdp::{
    browser_protocol::{
        emulation::{
            MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
            SetScriptExecutionDisabledParams,
        },
        input::{
            DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams,
            DispatchMouseEventType, InsertTextParams, MouseButton,
        },
        page::{AddScriptToEvaluateOnNewDocumentParams, NavigateParams, SetBypassCspParams},
    },
    js_protocol::runtime::EvaluateParams,
};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{
    browser::Browser,
    portal::{PASSWORD, TestPortal},
};

/// Only a broken page is waited for so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often is looked whether what is waited for has come.
const LOOK: Duration = Duration::from_millis(10);
/// What the browser says of an expression that was under way when its page was left.
const GIVES_WAY: [&str; 3] = [
    "navigated or closed",
    "context was destroyed",
    "Cannot find context",
];
/// What the protocol calls the shift key.
const SHIFT: i64 = 8;

pub struct TestClient {
    browser: Browser,
    address: String,
    expected: BTreeSet<String>,
}

/// A page as it loaded: its start tells it from every other.
#[derive(Debug, PartialEq, Deserialize)]
struct Visit {
    origin: f64,
    state: String,
}

impl TestClient {
    /// With an empty browser in front of a portal; motion is reduced, so that nothing is seen half way.
    pub async fn of(portal: &TestPortal) -> Self {
        Self::at(&portal.address).await
    }

    pub async fn at(address: &str) -> Self {
        let visitor = Self {
            browser: Browser::start(address).await,
            address: address.to_owned(),
            expected: BTreeSet::new(),
        };
        visitor.prefers_scheme("light").await;
        visitor
    }

    /// Signs in through the form.
    pub async fn signs_in(&mut self, username: &str) {
        self.opens("/login").await;
        self.types_into("#username", username).await;
        self.types_into("#password", PASSWORD).await;
        self.clicks_through("form[action='/login'] button").await;
        assert_ne!(self.path().await, "/login", "signing in failed");
    }

    /// From now on no script of a page runs.
    pub async fn disables_scripts(&self) {
        self.execute(SetScriptExecutionDisabledParams::new(true))
            .await;
    }

    /// From now on no content policy holds a page back.
    pub async fn ignores_policies(&self) {
        self.execute(SetBypassCspParams::new(true)).await;
    }

    /// Runs a script in every page to come, before all of its own.
    pub async fn brings(&self, script: &str) {
        self.execute(AddScriptToEvaluateOnNewDocumentParams::new(script))
            .await;
    }

    pub async fn prefers_scheme(&self, scheme: &str) {
        let features = [
            ("prefers-color-scheme", scheme),
            ("prefers-reduced-motion", "reduce"),
        ];
        let features = features.map(|(name, value)| MediaFeature::new(name, value));
        let media = SetEmulatedMediaParams::builder().features(features).build();
        self.execute(media).await;
    }

    /// Looks through a window of this size; as on a phone if it is narrow.
    pub async fn resizes(&self, width: i64, height: i64) {
        let phone = width < 600;
        self.execute(SetDeviceMetricsOverrideParams::new(
            width, height, 1.0, phone,
        ))
        .await;
    }

    /// Goes to a page that is there.
    pub async fn opens(&mut self, path: &str) {
        let url = format!("{}{path}", self.address);
        let before = self.visit().await;
        self.execute(NavigateParams::new(url)).await;
        self.arrives_after(before).await;
    }

    /// Goes to a page that answers with an error.
    pub async fn opens_failing(&mut self, path: &str) {
        let document = path.split('?').next().unwrap_or_default();
        self.expects_failure(document);
        self.opens(path).await;
    }

    /// This visit leads to pages of that origin too.
    pub fn also_visits(&mut self, origin: &str) {
        self.browser.allows(origin);
    }

    /// The page at this path is going to answer with an error.
    pub fn expects_failure(&mut self, path: &str) {
        self.expected.insert(path.to_owned());
    }

    /// Clicks what leads to another page, and waits for it.
    pub async fn clicks_through(&mut self, selector: &str) {
        let before = self.visit().await;
        self.clicks(selector).await;
        self.arrives_after(before).await;
    }

    /// Clicks twice, as quickly as people who double-click everything, and waits for what comes.
    pub async fn double_clicks_through(&mut self, selector: &str) {
        let before = self.visit().await;
        let (x, y) = self.place_of(selector).await;
        for count in [1, 2] {
            self.mouse(x, y, count, 0).await;
        }
        self.arrives_after(before).await;
    }

    /// Goes back as with the browser's button.
    pub async fn goes_back(&mut self) {
        let before = self.visit().await;
        let _: Option<bool> = self.reads("void history.back()").await;
        self.arrives_after(before).await;
    }

    pub async fn clicks(&mut self, selector: &str) {
        let (x, y) = self.place_of(selector).await;
        self.mouse(x, y, 1, 0).await;
    }

    pub async fn shift_clicks(&mut self, selector: &str) {
        let (x, y) = self.place_of(selector).await;
        self.mouse(x, y, 1, SHIFT).await;
    }

    /// Moves the mouse to the corner, where it points at nothing.
    pub async fn points_away(&self) {
        let kind = DispatchMouseEventType::MouseMoved;
        self.execute(DispatchMouseEventParams::new(kind, 0.0, 0.0))
            .await;
    }

    pub async fn types_into(&mut self, selector: &str, text: &str) {
        self.focuses(selector).await;
        self.execute(InsertTextParams::new(text)).await;
    }

    pub async fn pastes_into(&mut self, selector: &str) {
        self.focuses(selector).await;
        let key = |kind| {
            let key = DispatchKeyEventParams::builder().r#type(kind).key("v");
            key.modifiers(2).command("paste").build().expect("a key")
        };
        self.execute(key(DispatchKeyEventType::KeyDown)).await;
    }

    /// Presses a key: its name, and the code that Windows gave it.
    pub async fn presses(&mut self, (name, code): (&str, i64)) {
        // Only a key that writes something presses a button.
        let (down, text) = match name {
            "Enter" => (DispatchKeyEventType::KeyDown, "\r"),
            _ => (DispatchKeyEventType::RawKeyDown, ""),
        };
        for (kind, text) in [(down, text), (DispatchKeyEventType::KeyUp, "")] {
            let key = DispatchKeyEventParams::builder().r#type(kind).text(text);
            let key = key.key(name).code(name).windows_virtual_key_code(code);
            self.execute(key.build().expect("a key")).await;
        }
    }

    /// What an expression says in the page, whether or not scripts of the page run. While one page gives way to the
    /// next, nothing can be read: then it is said in the next.
    pub async fn reads<T: DeserializeOwned>(&self, expression: &str) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.tries_to_read(expression).await {
                Ok(said) => return said,
                Err(problem) => {
                    let gives_way = GIVES_WAY.iter().any(|value| problem.contains(value));
                    assert!(
                        gives_way && Instant::now() < deadline,
                        "{expression}: {problem}"
                    );
                    tokio::time::sleep(LOOK).await;
                }
            }
        }
    }

    /// Waits until an expression is true.
    pub async fn waits_until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.tries_to_read(expression).await.unwrap_or(false) {
            assert!(Instant::now() < deadline, "never came true: {expression}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The text of each element that matches.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        self.reads(&format!("{all}.map(it => it.innerText.trim())"))
            .await
    }

    /// This attribute of each element that matches.
    pub async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        self.reads(&format!("{all}.map(it => it.getAttribute({name:?}))"))
            .await
    }

    pub async fn sees(&self, selector: &str) -> bool {
        let found = format!("document.querySelector({selector:?})");
        self.reads(&format!("!!{found} && {found}.checkVisibility()"))
            .await
    }

    /// The whole address of the page.
    pub async fn address(&self) -> String {
        self.reads("location.href").await
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        self.reads("location.pathname + location.search").await
    }

    pub async fn screenshot(&self) -> Vec<u8> {
        let params = chromiumoxide::page::ScreenshotParams::builder().build();
        let picture = self.browser.page.screenshot(params).await;
        picture.expect("a screenshot")
    }

    /// What the browser complained about so far.
    pub async fn complaints(&mut self) -> Vec<String> {
        // Events that came before this answer have arrived with it.
        let _: bool = self.reads("true").await;
        self.browser.complaints(&self.expected)
    }

    /// Waits until the browser complains in these words.
    pub async fn complains_of(&mut self, words: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self
            .complaints()
            .await
            .iter()
            .any(|complaint| complaint.contains(words))
        {
            assert!(Instant::now() < deadline, "it never complained of {words}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Closes the browser, which must have had nothing to complain about.
    pub async fn leaves(mut self) {
        let complaints = self.complaints().await;
        self.browser.close().await;
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    async fn execute<Command: chromiumoxide::types::Command>(&self, command: Command) {
        let done = self.browser.page.execute(command).await;
        done.expect("the browser does it");
    }

    async fn focuses(&mut self, selector: &str) {
        self.clicks(selector).await;
        let focused = format!("document.querySelector({selector:?}).matches(':focus')");
        assert!(
            self.reads::<bool>(&focused).await,
            "{selector} has no focus"
        );
    }

    /// Where a click meets an element, which must be the first thing there.
    async fn place_of(&self, selector: &str) -> (f64, f64) {
        let place: (f64, f64, String) = self
            .reads(&format!(
                "(() => {{
                    const it = document.querySelector({selector:?});
                    if (!it) throw new Error('is not there');
                    it.scrollIntoView({{ block: 'center', inline: 'nearest', behavior: 'instant' }});
                    const box = it.getBoundingClientRect();
                    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                    const top = document.elementFromPoint(x, y);
                    const meets = top && (it.contains(top) || top.contains(it));
                    return [x, y, meets ? '' : (top ? top.outerHTML.slice(0, 200) : 'nothing')];
                }})()"
            ))
            .await;
        let (x, y, covered) = place;
        assert!(covered.is_empty(), "{selector} is covered by {covered}");
        (x, y)
    }

    async fn mouse(&self, x: f64, y: f64, count: i64, modifiers: i64) {
        let event = |kind| {
            let event = DispatchMouseEventParams::builder().r#type(kind).x(x).y(y);
            let event = event.modifiers(modifiers).click_count(count);
            event.button(MouseButton::Left).build().expect("an event")
        };
        self.execute(event(DispatchMouseEventType::MousePressed))
            .await;
        self.execute(event(DispatchMouseEventType::MouseReleased))
            .await;
    }

    async fn visit(&self) -> Option<Visit> {
        let visit = "({ origin: performance.timeOrigin, state: document.readyState })";
        self.tries_to_read(visit).await.ok()
    }

    async fn arrives_after(&self, before: Option<Visit>) {
        let before = before.map(|before| before.origin);
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.visit().await {
                Some(now) if Some(now.origin) != before && now.state == "complete" => return,
                _ => assert!(Instant::now() < deadline, "no page came"),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Fails while one page gives way to the next.
    async fn tries_to_read<T: DeserializeOwned>(&self, expression: &str) -> Result<T, String> {
        let evaluate = EvaluateParams::builder().expression(expression);
        let evaluate = evaluate.return_by_value(true).await_promise(true).build()?;
        let answer = self.browser.page.execute(evaluate).await;
        let answer = answer.map_err(|error| error.to_string())?.result;
        if let Some(problem) = answer.exception_details {
            return Err(format!("{problem:?}"));
        }
        let value = answer.result.value.unwrap_or_default();
        serde_json::from_value(value).map_err(|error| error.to_string())
    }
}
