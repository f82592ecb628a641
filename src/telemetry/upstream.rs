//! Upstream calls as metrics, and as a sum for the log line of the request that caused them.

use std::{cell::Cell, future::Future, time::Duration};

use metrics::{counter, histogram};

tokio::task_local! {
    static CALLS: Cell<UpstreamCalls>;
}

/// The upstream calls of one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpstreamCalls {
    pub count: u32,
    /// The sum of the calls' durations; calls at the same time count each.
    pub time: Duration,
}

/// Runs `work` and counts its upstream calls.
pub async fn count_calls<F: Future>(work: F) -> (F::Output, UpstreamCalls) {
    let counted = async {
        let output = work.await;
        (output, CALLS.with(Cell::get))
    };
    CALLS.scope(Cell::default(), counted).await
}

/// Records one call. Both labels come from closed sets: neither names a team or an address.
pub fn record_call(endpoint: &'static str, outcome: &'static str, duration: Duration) {
    counter!("secmon_portal_upstream_calls_total", "endpoint" => endpoint, "outcome" => outcome)
        .increment(1);
    histogram!("secmon_portal_upstream_call_duration_seconds", "endpoint" => endpoint)
        .record(duration);
    // A background task has no request to count for.
    let _ = CALLS.try_with(|calls| {
        let UpstreamCalls { count, time } = calls.get();
        calls.set(UpstreamCalls {
            count: count.saturating_add(1),
            time: time.saturating_add(duration),
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_count_for_their_own_request() {
        let second = Duration::from_secs(1);
        record_call("tickets", "success", second);
        let work = async {
            record_call("tickets", "success", second);
            record_call("events", "timeout", second);
            "page"
        };
        let (page, calls) = count_calls(work).await;
        assert_eq!((page, calls.count, calls.time), ("page", 2, second * 2));
    }
}
