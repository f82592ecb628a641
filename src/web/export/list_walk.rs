//! Reads a list of the API from its first page to its last, each row once.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, Hash, RandomState},
    sync::Arc,
};

use futures_util::{Stream, stream};

use crate::{
    model::{ApiAccess, Event, HistoryEntry, PageNumber, PageOf, ServerId, Ticket, TicketId},
    secmon,
    web::{Error, Result},
};

/// The most pages of a list that goes on beyond its count.
const MAX_UNCOUNTED_PAGES: u32 = 20_000;

/// Rows remembered to recognize them. Rows move by as many places as new ones arrive during one call.
const MAX_RECENT: usize = 4096;

/// A row of a list of the API.
pub trait ListRow: Hash + Send + Sync + 'static {
    /// The row's unique id, if the API gives one.
    fn id(&self) -> Option<&str>;
}

impl ListRow for Ticket {
    fn id(&self) -> Option<&str> {
        self.id.as_ref().map(TicketId::as_str)
    }
}

impl ListRow for HistoryEntry {
    fn id(&self) -> Option<&str> {
        self.id.as_ref().map(ServerId::as_str)
    }
}

impl ListRow for Event {
    fn id(&self) -> Option<&str> {
        None
    }
}

/// The rows of all pages, without those that new rows moved to a later page. Nothing is read before the stream is polled.
///
/// The stream ends with an error when the list counted more rows than it delivered, unless the list has shrunk: then its
/// first page, read again, counts no more than the rows received.
pub fn all_rows<T, F, R>(access: ApiAccess, read: F) -> impl Stream<Item = Result<Vec<T>>> + Send
where
    T: ListRow,
    F: Fn(Arc<ApiAccess>, PageNumber) -> R + Send + Sync + 'static,
    R: Future<Output = std::result::Result<PageOf<T>, secmon::Error>> + Send + 'static,
{
    let access = Arc::new(access);
    let walk = ListWalk {
        read: move |number| read(Arc::clone(&access), number),
        next: Some(PageNumber::FIRST),
        expected: None,
        total: None,
        received: 0,
        recent: VecDeque::new(),
        last_page: 0,
        hasher: RandomState::new(),
    };
    stream::try_unfold(walk, async |mut walk| {
        let rows = walk.next_rows().await?;
        Ok(rows.map(|rows| (rows, walk)))
    })
}

struct ListWalk<F> {
    read: F,
    next: Option<PageNumber>,
    /// The count on the first page.
    expected: Option<u64>,
    /// The count on the latest page.
    total: Option<u64>,
    received: u64,
    /// Hashes of the rows received last.
    recent: VecDeque<u64>,
    /// The number of rows on the previous page.
    last_page: usize,
    hasher: RandomState,
}

impl<F> ListWalk<F> {
    async fn next_rows<T, R>(&mut self) -> Result<Option<Vec<T>>>
    where
        T: ListRow,
        F: Fn(PageNumber) -> R,
        R: Future<Output = std::result::Result<PageOf<T>, secmon::Error>>,
    {
        while let Some(number) = self.next.take() {
            let listing = (self.read)(number).await?;
            let is_first = number == PageNumber::FIRST;
            if is_first {
                self.expected = listing.total;
            }
            let goes_on = listing.has_next;
            if listing.rows.is_empty() {
                let is_promised = !is_first || goes_on || self.is_short();
                if is_promised {
                    self.check_end().await?;
                }
                return Ok(None);
            }
            let arrived = self.arrived(listing.total);
            let page = listing.rows.len();
            let rows = self.new_rows(listing.rows, arrived);
            if rows.is_empty() && arrived.is_none_or(|arrived| arrived < page as u64) {
                // The source repeats itself.
                self.check_end().await?;
                return Ok(None);
            }
            if goes_on || self.is_short() {
                let is_endless = number.get() >= MAX_UNCOUNTED_PAGES && !self.is_short();
                if is_endless {
                    return Err(Error::IncompleteList);
                }
                self.next = Some(number.next());
            }
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    /// Whether fewer rows came than the first page counted.
    fn is_short(&self) -> bool {
        self.expected
            .is_some_and(|expected| self.received < expected)
    }

    /// Fails unless the list ends here although it promised another page.
    async fn check_end<T, R>(&self) -> Result<()>
    where
        F: Fn(PageNumber) -> R,
        R: Future<Output = std::result::Result<PageOf<T>, secmon::Error>>,
    {
        if self.expected.is_some() && !self.is_short() {
            return Ok(());
        }
        let now = (self.read)(PageNumber::FIRST).await?.total;
        if now.is_some_and(|now| self.received >= now) {
            return Ok(());
        }
        Err(Error::IncompleteList)
    }

    /// The number of new rows in the list since the previous page, if both pages have a count.
    fn arrived(&mut self, total: Option<u64>) -> Option<u64> {
        let before = std::mem::replace(&mut self.total, total);
        Some(total?.saturating_sub(before?))
    }

    /// The rows of a page that are new.
    ///
    /// Rows without ids may be equal and yet different. They are known only as a block: the end of the previous page,
    /// moved to the beginning of this one by at most as many rows as have arrived.
    fn new_rows<T: ListRow>(&mut self, rows: Vec<T>, arrived: Option<u64>) -> Vec<T> {
        let keys: Vec<u64> = rows.iter().map(|row| self.key(row)).collect();
        let are_known: Vec<bool> = if rows.iter().all(|row| row.id().is_some()) {
            keys.iter().map(|key| self.recent.contains(key)).collect()
        } else {
            let moved = self.moved(&keys, arrived);
            (0..keys.len()).map(|place| place < moved).collect()
        };
        self.last_page = keys.len();
        let mut known = are_known.iter();
        let mut new = Vec::with_capacity(rows.len());
        for ((row, key), is_known) in rows.into_iter().zip(keys).zip(&mut known) {
            if !is_known {
                self.recent.push_back(key);
                new.push(row);
            }
        }
        let max = MAX_RECENT.max(2 * self.last_page);
        self.recent.drain(..self.recent.len().saturating_sub(max));
        self.received += new.len() as u64;
        new
    }

    /// The number of rows at the beginning of a page that are the last ones received.
    fn moved(&self, keys: &[u64], arrived: Option<u64>) -> usize {
        let ends_with = |count: usize| {
            let from = self.recent.len().checked_sub(count);
            from.is_some_and(|from| self.recent.range(from..).eq(&keys[..count]))
        };
        let all = keys.len();
        // The whole page again: the source ignores the page number. If all rows are equal, the count decides.
        let are_alike = keys.iter().all(|key| Some(key) == keys.first());
        if all == self.last_page && ends_with(all) && !(are_alike && self.is_short()) {
            return all;
        }
        let arrived = arrived.and_then(|arrived| usize::try_from(arrived).ok());
        let max = arrived.unwrap_or(all).min(all);
        (1..=max).rev().find(|count| ends_with(*count)).unwrap_or(0)
    }

    fn key<T: ListRow>(&self, row: &T) -> u64 {
        match row.id() {
            Some(id) => self.hasher.hash_one(id),
            None => self.hasher.hash_one(row),
        }
    }
}
