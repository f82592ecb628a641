//! The simulated Secmon API against the guide's samples.

mod changes;
mod faults;
mod lists;
mod shapes;
mod tokens;

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode},
};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use secmon_portal::{
    model::{AppKey, Clock},
    simulator::{Options, Simulator},
};
use serde_json::Value;
use tower::ServiceExt as _;

const KEYS: [&str; 2] = ["test-key-of-seoul", "test-key-of-busan"];

/// An API client with an appKey.
struct Caller {
    simulator: Simulator,
    clock: Clock,
    key: &'static str,
    token: Option<String>,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    fn results(&self) -> Vec<Value> {
        let body = self.json();
        body["results"].as_array().expect(&self.text).clone()
    }

    /// The header's code, when the call failed in the API's own shape.
    fn refusal(&self) -> Option<i64> {
        let body = self.json();
        (body["header"]["isSuccessful"] == false).then(|| {
            assert!(body["header"]["resultMessage"].is_string());
            body["header"]["resultCode"].as_i64().expect("an integer")
        })
    }
}

fn noon() -> DateTime<Utc> {
    "2026-07-01T12:00:00+09:00".parse().expect("a time")
}

/// Two tenants, a stopped clock, half a minute of delay.
fn options(clock: &Clock) -> Options {
    Options {
        app_keys: KEYS
            .iter()
            .filter_map(|key| AppKey::parse(key).ok())
            .collect(),
        vms: 40,
        tickets: 34,
        events: 2000,
        history: 25,
        seed: 11,
        delay: Duration::from_secs(30),
        now: clock.clone(),
        ..Options::default()
    }
}

fn caller() -> Caller {
    caller_with(|_| ())
}

fn caller_with(change: impl FnOnce(&mut Options)) -> Caller {
    let clock = Clock::stopped(noon());
    let mut options = options(&clock);
    change(&mut options);
    Caller {
        simulator: Simulator::new(options),
        clock,
        key: KEYS[0],
        token: None,
    }
}

impl Caller {
    async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, "").await
    }

    async fn delete(&self, ids: &[&str]) -> Reply {
        let path = format!("vm?vmId={}", ids.join(","));
        self.call(Method::DELETE, &path, "").await
    }

    async fn post(&self, body: &Value) -> Reply {
        self.call(Method::POST, "vm", &body.to_string()).await
    }

    async fn call(&self, method: Method, path: &str, body: &str) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/v1.0/appkeys/{}/{path}", self.key))
            .header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("x-nhn-authorization", token);
        }
        let body = Body::from(body.to_owned());
        self.send(request.body(body).expect("a request")).await
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let router = self.simulator.router();
        let response = router.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// The rows of `not-applied-vms` as they are sent to ask for control: without `serviceStatus`.
    async fn candidates(&self) -> Vec<Value> {
        let mut rows = self.get("not-applied-vms").await.results();
        rows.iter_mut().for_each(without_status);
        rows
    }
}

fn without_status(row: &mut Value) {
    let fields = row.as_object_mut().expect("an object");
    fields.remove("serviceStatus");
    if let Some(vms) = fields.get_mut("vm").and_then(Value::as_array_mut) {
        vms.iter_mut().for_each(without_status);
    }
}

/// The id that control of a row goes by.
fn id(row: &Value) -> &str {
    row["lbId"]
        .as_str()
        .or(row["vmId"].as_str())
        .expect("an id")
}

fn is_load_balancer(row: &Value) -> bool {
    row.get("lbId").is_some()
}
