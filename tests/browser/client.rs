//! A user at the browser: opens pages, clicks, types, reads.

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

/// Only a broken page takes so long.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);
/// Poll interval of every wait.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Evaluation errors of a page that was left meanwhile.
const NAVIGATION_ERRORS: [&str; 3] = [
    "navigated or closed",
    "context was destroyed",
    "Cannot find context",
];
/// The protocol's code of the shift key.
const SHIFT: i64 = 8;

pub struct TestClient {
    browser: Browser,
    address: String,
    expected: BTreeSet<String>,
}

/// A page load, identified by its start time.
#[derive(Debug, PartialEq, Deserialize)]
struct Visit {
    origin: f64,
    state: String,
}

impl TestClient {
    /// A new browser profile, with reduced motion so that no animation is seen half way.
    pub async fn new(portal: &TestPortal) -> Self {
        Self::at(&portal.address).await
    }

    pub async fn at(address: &str) -> Self {
        let client = Self {
            browser: Browser::start(address).await,
            address: address.to_owned(),
            expected: BTreeSet::new(),
        };
        client.emulate_color_scheme("light").await;
        client
    }

    /// Signs in through the form.
    pub async fn sign_in(&mut self, username: &str) {
        self.open("/login").await;
        self.type_into("#username", username).await;
        self.type_into("#password", PASSWORD).await;
        self.click_and_wait("form[action='/login'] button").await;
        assert_ne!(self.path().await, "/login", "signing in failed");
    }

    /// Disables the scripts of pages.
    pub async fn disable_scripts(&self) {
        self.execute(SetScriptExecutionDisabledParams::new(true))
            .await;
    }

    /// Disables content policies.
    pub async fn bypass_csp(&self) {
        self.execute(SetBypassCspParams::new(true)).await;
    }

    /// Runs a script in every later page, before the page's own.
    pub async fn add_init_script(&self, script: &str) {
        self.execute(AddScriptToEvaluateOnNewDocumentParams::new(script))
            .await;
    }

    pub async fn emulate_color_scheme(&self, scheme: &str) {
        let features = [
            ("prefers-color-scheme", scheme),
            ("prefers-reduced-motion", "reduce"),
        ];
        let features = features.map(|(name, value)| MediaFeature::new(name, value));
        let media = SetEmulatedMediaParams::builder().features(features).build();
        self.execute(media).await;
    }

    /// Emulates a phone if the width is narrow.
    pub async fn resize(&self, width: i64, height: i64) {
        let phone = width < 600;
        self.execute(SetDeviceMetricsOverrideParams::new(
            width, height, 1.0, phone,
        ))
        .await;
    }

    /// Opens a page and waits for it.
    pub async fn open(&mut self, path: &str) {
        let url = format!("{}{path}", self.address);
        let before = self.visit().await;
        self.execute(NavigateParams::new(url)).await;
        self.wait_for_load(before).await;
    }

    /// Opens a page with an error status.
    pub async fn open_failing(&mut self, path: &str) {
        let document = path.split('?').next().unwrap_or_default();
        self.expect_failure(document);
        self.open(path).await;
    }

    /// Also allows pages of that origin.
    pub fn allow_origin(&mut self, origin: &str) {
        self.browser.allow_origin(origin);
    }

    /// An error response at this path is no problem.
    pub fn expect_failure(&mut self, path: &str) {
        self.expected.insert(path.to_owned());
    }

    /// Clicks an element that leads to another page, and waits for it.
    pub async fn click_and_wait(&mut self, selector: &str) {
        let before = self.visit().await;
        self.click(selector).await;
        self.wait_for_load(before).await;
    }

    /// Double-clicks an element, and waits for the next page.
    pub async fn double_click_and_wait(&mut self, selector: &str) {
        let before = self.visit().await;
        let (x, y) = self.locate(selector).await;
        for count in [1, 2] {
            self.mouse(x, y, count, 0).await;
        }
        self.wait_for_load(before).await;
    }

    /// The browser's back button.
    pub async fn go_back(&mut self) {
        let before = self.visit().await;
        let _: Option<bool> = self.evaluate("void history.back()").await;
        self.wait_for_load(before).await;
    }

    pub async fn click(&mut self, selector: &str) {
        let (x, y) = self.locate(selector).await;
        self.mouse(x, y, 1, 0).await;
    }

    pub async fn shift_click(&mut self, selector: &str) {
        let (x, y) = self.locate(selector).await;
        self.mouse(x, y, 1, SHIFT).await;
    }

    /// Moves the mouse to the corner, off every element.
    pub async fn move_mouse_away(&self) {
        let kind = DispatchMouseEventType::MouseMoved;
        self.execute(DispatchMouseEventParams::new(kind, 0.0, 0.0))
            .await;
    }

    pub async fn type_into(&mut self, selector: &str, text: &str) {
        self.focus(selector).await;
        self.execute(InsertTextParams::new(text)).await;
    }

    pub async fn paste_into(&mut self, selector: &str) {
        self.focus(selector).await;
        let key = |kind| {
            let key = DispatchKeyEventParams::builder().r#type(kind).key("v");
            key.modifiers(2).command("paste").build().expect("a key")
        };
        self.execute(key(DispatchKeyEventType::KeyDown)).await;
    }

    /// Presses a key: its name and its Windows virtual-key code.
    pub async fn press(&mut self, (name, code): (&str, i64)) {
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

    /// The value of an expression in the page, also while scripts of pages are disabled. Repeated in the next page
    /// during a navigation.
    pub async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> T {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            match self.try_evaluate(expression).await {
                Ok(said) => return said,
                Err(problem) => {
                    let is_navigation = NAVIGATION_ERRORS
                        .iter()
                        .any(|value| problem.contains(value));
                    assert!(
                        is_navigation && Instant::now() < deadline,
                        "{expression}: {problem}"
                    );
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
            }
        }
    }

    /// Waits until an expression is true.
    pub async fn wait_until(&self, expression: &str) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !self.try_evaluate(expression).await.unwrap_or(false) {
            assert!(Instant::now() < deadline, "never came true: {expression}");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The text of each element that matches.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        self.evaluate(&format!("{all}.map(element => element.innerText.trim())"))
            .await
    }

    /// This attribute of each element that matches.
    pub async fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        self.evaluate(&format!(
            "{all}.map(element => element.getAttribute({name:?}))"
        ))
        .await
    }

    pub async fn is_visible(&self, selector: &str) -> bool {
        let found = format!("document.querySelector({selector:?})");
        self.evaluate(&format!("!!{found} && {found}.checkVisibility()"))
            .await
    }

    /// The whole address of the page.
    pub async fn address(&self) -> String {
        self.evaluate("location.href").await
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        self.evaluate("location.pathname + location.search").await
    }

    pub async fn screenshot(&self) -> Vec<u8> {
        let params = chromiumoxide::page::ScreenshotParams::builder().build();
        let picture = self.browser.page.screenshot(params).await;
        picture.expect("a screenshot")
    }

    /// The problems that the browser has reported so far.
    pub async fn problems(&mut self) -> Vec<String> {
        // Earlier events have arrived with this response.
        let _: bool = self.evaluate("true").await;
        self.browser.problems(&self.expected)
    }

    /// Waits for a problem with this text.
    pub async fn wait_for_problem(&mut self, words: &str) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !self
            .problems()
            .await
            .iter()
            .any(|problem| problem.contains(words))
        {
            assert!(Instant::now() < deadline, "it never complained of {words}");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Closes the browser. Fails if it has reported a problem.
    pub async fn close(mut self) {
        let problems = self.problems().await;
        self.browser.close().await;
        assert!(problems.is_empty(), "{problems:#?}");
    }

    async fn execute<Command: chromiumoxide::types::Command>(&self, command: Command) {
        let done = self.browser.page.execute(command).await;
        done.expect("the browser does it");
    }

    async fn focus(&mut self, selector: &str) {
        self.click(selector).await;
        let focused = format!("document.querySelector({selector:?}).matches(':focus')");
        assert!(
            self.evaluate::<bool>(&focused).await,
            "{selector} has no focus"
        );
    }

    /// The center of an element. Fails if another element covers it.
    async fn locate(&self, selector: &str) -> (f64, f64) {
        let place: (f64, f64, String) = self
            .evaluate(&format!(
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
        self.try_evaluate(visit).await.ok()
    }

    async fn wait_for_load(&self, before: Option<Visit>) {
        let before = before.map(|before| before.origin);
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            match self.visit().await {
                Some(now) if Some(now.origin) != before && now.state == "complete" => return,
                _ => assert!(Instant::now() < deadline, "no page came"),
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Fails during a navigation.
    async fn try_evaluate<T: DeserializeOwned>(&self, expression: &str) -> Result<T, String> {
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
