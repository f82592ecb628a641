//! One log line and one set of metrics for each request.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};

use crate::telemetry::{metrics, upstream};

/// Frequent requests that say little: static files and health checks.
const QUIET_ROUTES: [&str; 3] = ["/static/{fingerprint}/{*path}", "/healthz", "/readyz"];

/// Logs the route's template, not the path: a path may hold a link's secret.
pub async fn record(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    let method = method(request.method());
    let (response, calls) = upstream::count_calls(next.run(request)).await;
    let (status, duration) = (response.status().as_u16(), started.elapsed());
    metrics::record_request(method, route, status, duration);
    let id = response.headers().get("x-request-id");
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    let (milliseconds, upstream_milliseconds) = (duration.as_millis(), calls.time.as_millis());
    if QUIET_ROUTES.contains(&route) {
        tracing::debug!(
            request_id = id,
            method,
            route,
            status,
            milliseconds,
            "request"
        );
    } else {
        tracing::info!(
            request_id = id,
            method,
            route,
            status,
            milliseconds,
            upstream_calls = calls.count,
            upstream_milliseconds,
            "request"
        );
    }
    response
}

/// A closed set, since clients may invent methods.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
