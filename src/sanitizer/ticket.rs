//! Sanitizes tickets on blocking threads, a few at a time, and caches the results in memory.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest as _, Sha256};
use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
};

use crate::model::TicketDetail;

use super::{MAX_BYTES, SANITIZER_VERSION, SafeHtml, sanitize_within, title_within};

/// The parts of a ticket, sanitized.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeTicket {
    pub name: SafeHtml,
    pub description: SafeHtml,
    pub summary: SafeHtml,
    pub analysis: SafeHtml,
    pub deep_analysis: SafeHtml,
}

impl SafeTicket {
    /// The parts share [`MAX_BYTES`], shorter ones first: a long part never cuts a short one.
    #[must_use]
    pub fn new(ticket: &TicketDetail) -> Self {
        let sources = sources(ticket);
        let mut order = [0, 1, 2, 3, 4];
        order.sort_by_key(|part| sources[*part].len());
        let mut left = MAX_BYTES;
        let mut parts = <[SafeHtml; 5]>::default();
        for (done, part) in order.into_iter().enumerate() {
            let share = left / (order.len() - done);
            parts[part] = match part {
                0 => title_within(sources[0], share),
                _ => sanitize_within(sources[part], share),
            };
            left -= share.min(sources[part].len().max(2 * parts[part].html.len()));
        }
        let [name, description, summary, analysis, deep_analysis] = parts;
        Self {
            name,
            description,
            summary,
            analysis,
            deep_analysis,
        }
    }

    fn bytes(&self) -> usize {
        let parts = [
            &self.name,
            &self.description,
            &self.summary,
            &self.analysis,
            &self.deep_analysis,
        ];
        parts.into_iter().map(|part| part.html.len()).sum()
    }
}

fn sources(ticket: &TicketDetail) -> [&str; 5] {
    let parts = [
        &ticket.name,
        &ticket.description,
        &ticket.summary,
        &ticket.analysis,
        &ticket.deep_analysis,
    ];
    parts.map(|part| part.as_deref().unwrap_or_default())
}

/// Bytes of cached HTML.
const MAX_CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// Too few for the cache to split into shards, which would be too small for the largest ticket.
const EXPECTED_TICKETS: usize = 32;

/// Memory of an entry besides its HTML.
const ENTRY_BYTES: usize = 512;

/// Each may take tens of megabytes.
const MAX_CONCURRENT: usize = 2;

/// The hash of a ticket's sources and of [`SANITIZER_VERSION`].
type Key = [u8; 32];

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<SafeTicket>> for ByBytes {
    fn weight(&self, _: &Key, ticket: &Arc<SafeTicket>) -> u64 {
        (ENTRY_BYTES + ticket.bytes()) as u64
    }
}

/// A clone shares the cache.
#[derive(Clone)]
pub struct Sanitizer {
    cache: Arc<Cache<Key, Arc<SafeTicket>, ByBytes>>,
    permits: Arc<Semaphore>,
}

impl Default for Sanitizer {
    fn default() -> Self {
        let cache = Cache::with_weighter(EXPECTED_TICKETS, MAX_CACHE_BYTES, ByBytes);
        Self {
            cache: Arc::new(cache),
            permits: Arc::new(Semaphore::new(MAX_CONCURRENT)),
        }
    }
}

impl Sanitizer {
    /// The ticket's parts, sanitized once for concurrent readers.
    ///
    /// # Errors
    /// When the sanitizer panics.
    pub async fn ticket(&self, ticket: TicketDetail) -> Result<Arc<SafeTicket>, JoinError> {
        let key = key(&ticket);
        if let Some(safe) = self.cache.get(&key) {
            return Ok(safe);
        }
        let Self { cache, permits } = self.clone();
        // A separate task outlives a disconnected client, and holds the permit until the work is done.
        let task = tokio::spawn(async move {
            let sanitized = async {
                let permit = permits.acquire_owned().await;
                let work = move || {
                    let _permit = permit;
                    Arc::new(SafeTicket::new(&ticket))
                };
                spawn_blocking(work).await
            };
            cache.get_or_insert_async(&key, sanitized).await
        });
        task.await?
    }
}

fn key(ticket: &TicketDetail) -> Key {
    let mut hash = Sha256::new();
    hash.update(SANITIZER_VERSION.to_le_bytes());
    for source in sources(ticket) {
        hash.update((source.len() as u64).to_le_bytes());
        hash.update(source);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn ticket(analysis: &str) -> TicketDetail {
        TicketDetail {
            name: Some("이름".to_owned()),
            summary: Some("<p>요약</p>".to_owned()),
            analysis: Some(analysis.to_owned()),
            ..TicketDetail::default()
        }
    }

    #[tokio::test]
    async fn largest_ticket_is_cached_and_shared() {
        let sanitizer = Sanitizer::default();
        let largest = ticket(&"x".repeat(2 * MAX_BYTES));
        let first = sanitizer.ticket(largest.clone()).await.expect("no panic");
        assert!(first.bytes() > MAX_BYTES / 3);
        let again = sanitizer.ticket(largest).await.expect("no panic");
        assert!(Arc::ptr_eq(&first, &again));
        let other = sanitizer.ticket(ticket("x")).await.expect("no panic");
        assert_eq!(other.analysis.as_str(), "x");
    }

    #[tokio::test]
    async fn cache_stays_within_its_bytes() {
        let sanitizer = Sanitizer::default();
        for number in 0..20 {
            let source = format!("{number}{}", "x".repeat(MAX_BYTES / 4));
            sanitizer.ticket(ticket(&source)).await.expect("no panic");
        }
        assert!(sanitizer.cache.len() > 5);
        assert!(sanitizer.cache.weight() <= MAX_CACHE_BYTES);
    }

    #[tokio::test]
    async fn work_and_its_permit_outlive_the_client() {
        let sanitizer = Sanitizer::default();
        let slow = ticket(&"&lt;".repeat(MAX_BYTES / 8));
        let request = sanitizer.ticket(slow.clone());
        let outcome = tokio::time::timeout(Duration::ZERO, request).await;
        assert!(outcome.is_err());
        tokio::task::yield_now().await;
        assert_eq!(sanitizer.permits.available_permits(), MAX_CONCURRENT - 1);
        let again = sanitizer.ticket(slow).await.expect("no panic");
        assert!(!again.analysis.is_empty());
        assert_eq!(sanitizer.cache.len(), 1);
    }

    #[test]
    fn long_part_is_truncated_and_short_ones_are_whole() {
        let long = "<p>가</p>".repeat(MAX_BYTES / 10);
        let safe = SafeTicket::new(&TicketDetail {
            deep_analysis: Some(long.clone()),
            ..ticket(&long)
        });
        assert!(safe.analysis.is_truncated() && safe.deep_analysis.is_truncated());
        assert!(!safe.name.is_truncated() && !safe.summary.is_truncated());
        assert_eq!(safe.summary.as_str(), "<p>요약</p>");
        assert!(safe.bytes() <= MAX_BYTES / 2 + 1000);
    }
}
