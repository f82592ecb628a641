//! Metrics in Prometheus' text format, on a listener of their own.
//!
//! Labels come from closed sets. None holds a user, a team, a key or an address.

use std::{future::IntoFuture as _, sync::Arc, time::Duration};

use axum::{Router, extract::State, http::header, response::IntoResponse, routing::get};
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

/// Seconds: from a page without upstream calls to an export.
const DURATION_BUCKETS: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];
/// Interval of histogram folding, which bounds memory without a scraper.
const UPKEEP: Duration = Duration::from_secs(10);

/// Starts to collect metrics, for the whole process.
///
/// # Errors
/// When the process collects metrics already.
pub fn install() -> Result<PrometheusHandle, String> {
    let failed = |error| format!("cannot collect metrics: {error}");
    let handle = PrometheusBuilder::new()
        .set_buckets(&DURATION_BUCKETS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(failed)?;
    describe();
    gauge!("secmon_portal_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    Ok(handle)
}

fn describe() {
    describe_gauge!("secmon_portal_build_info", "The version that runs.");
    describe_counter!(
        "secmon_portal_http_requests_total",
        "Requests by method, route template and status."
    );
    describe_histogram!(
        "secmon_portal_http_request_duration_seconds",
        Unit::Seconds,
        "Time until the response began, by method and route template."
    );
    describe_counter!(
        "secmon_portal_upstream_calls_total",
        "Calls of the Secmon API by endpoint and outcome."
    );
    describe_histogram!(
        "secmon_portal_upstream_call_duration_seconds",
        Unit::Seconds,
        "Duration of one call with its retries, by endpoint."
    );
    describe_gauge!(
        "secmon_portal_database_connections",
        "Connections of the pool by state."
    );
    describe_counter!(
        "secmon_portal_job_runs_total",
        "Runs of background jobs by kind and outcome."
    );
}

/// Records one request. `route` is the template of the route that answered, not the path.
pub fn record_request(method: &'static str, route: &str, status: u16, duration: Duration) {
    let route = route.to_owned();
    counter!(
        "secmon_portal_http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    histogram!(
        "secmon_portal_http_request_duration_seconds",
        "method" => method, "route" => route
    )
    .record(duration);
}

/// Sets how many connections of the database pool are in use and idle.
pub fn set_database_connections(in_use: u32, idle: u32) {
    for (state, count) in [("in-use", in_use), ("idle", idle)] {
        gauge!("secmon_portal_database_connections", "state" => state).set(count);
    }
}

/// Sets the gauges that are read at the moment of asking.
pub type Refresh = Arc<dyn Fn() + Send + Sync>;

/// Serves `GET /metrics` until it is dropped.
pub async fn serve(listener: TcpListener, handle: PrometheusHandle, refresh: Refresh) {
    let upkeep = upkeep(handle.clone());
    let router = Router::new()
        .route("/metrics", get(render))
        .with_state((handle, refresh));
    let served = axum::serve(listener, router).into_future();
    tokio::select! {
        _ = served => {}
        () = upkeep => {}
    }
}

async fn render(State((handle, refresh)): State<(PrometheusHandle, Refresh)>) -> impl IntoResponse {
    refresh();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], handle.render())
}

async fn upkeep(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}
