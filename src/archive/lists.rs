//! Walks over the pages of tickets and history, from the newest row back.
//!
//! Rows arrive, move and vanish while a walk lasts. A walk that goes to older rows meets those twice that moved on with
//! it, and misses those that moved towards it: it takes a step back then, and the count at its end tells whether it met
//! all. No row is taken for known because a newer one is: a ticket is written hours after its detection.

use std::collections::{HashMap, HashSet};

use chrono::{TimeDelta, Timelike as _};

use crate::{
    model::{ApiTimestamp, ArchiveKind, HistoryEntry, PageNumber, PageOf, Ticket, archived_time},
    secmon::Error as SourceError,
    store::{ArchiveProgress, Error, ListRows, ListWalk, PageNews, WalkKind},
};

use super::run::{Run, Turn, TurnError};

/// Tickets are written that late after their detection, as a rule; the full walk finds the others.
const LATE: TimeDelta = TimeDelta::days(3);

/// A full walk that did not meet every row is repeated after this time.
const REPEAT_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// A row of the history changes seldom.
const HISTORY_PAUSE: TimeDelta = TimeDelta::days(7);

/// The full walk over the tickets begins at this hour of the night in Korea.
const NIGHT: u32 = 2;

/// A page that fails as often is left out, so that those behind it are read.
const MAX_PAGE_FAILURES: u32 = 3;

/// What a run knows of its walks.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Walks that are begun, or not due.
    settled: HashSet<(ArchiveKind, WalkKind)>,
    /// Walks whose latest step was a step back.
    stepped_back: HashSet<(ArchiveKind, WalkKind)>,
    /// The latest page of each walk with the time of its last row.
    latest: HashMap<(ArchiveKind, WalkKind), (u32, i64)>,
}

enum Page {
    Tickets(PageOf<Ticket>),
    History(PageOf<HistoryEntry>),
}

impl Page {
    fn rows(&self) -> ListRows<'_> {
        match self {
            Self::Tickets(page) => ListRows::Tickets(&page.rows),
            Self::History(page) => ListRows::History(&page.rows),
        }
    }

    fn times(&self) -> Vec<Option<&ApiTimestamp>> {
        match self {
            Self::Tickets(page) => page.rows.iter().map(|row| row.detected.as_ref()).collect(),
            Self::History(page) => page
                .rows
                .iter()
                .map(|row| row.registered.as_ref())
                .collect(),
        }
    }

    /// The times of its first row and of its last one.
    fn ends(&self) -> Option<(i64, i64)> {
        let times = self.times().into_iter();
        let mut times = times.filter_map(|at| archived_time(at).0);
        let first = times.next()?;
        Some((first, times.next_back().unwrap_or(first)))
    }

    /// Rows in all, whether another page follows, the number of the last page, and whether rows are missing here.
    fn facts(&self) -> PageFacts {
        match self {
            Self::Tickets(page) => PageFacts::new(page),
            Self::History(page) => PageFacts::new(page),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct PageFacts {
    total: Option<u64>,
    has_next: bool,
    last: Option<u32>,
    lacks_rows: bool,
    is_empty: bool,
}

impl PageFacts {
    fn new<T>(page: &PageOf<T>) -> Self {
        Self {
            total: page.total,
            has_next: page.has_next,
            last: page.pages(),
            lacks_rows: page.lacks_rows(),
            is_empty: page.rows.is_empty(),
        }
    }
}

impl Run<'_> {
    /// Reads the next page of a walk, if one is under way or due.
    pub async fn walk_turn(
        &mut self,
        kind: ArchiveKind,
        walk_kind: WalkKind,
    ) -> Result<Turn, TurnError> {
        let stored = self.store.archive_walk(self.id, kind, walk_kind).await?;
        let mut walk = match stored {
            Some(walk) => walk,
            None if !self.lists.settled.insert((kind, walk_kind)) => return Ok(Turn::Idle),
            None if !self.is_due(kind, walk_kind).await? => return Ok(Turn::Idle),
            None => self.store.new_walk(self.id, kind, walk_kind),
        };
        self.lists.settled.insert((kind, walk_kind));
        let page = match self.page(&mut walk).await {
            Ok(page) => page,
            Err(TurnError::Failed(error)) => {
                self.fail_page(walk).await?;
                return Err(error.into());
            }
            Err(error) => return Err(error),
        };
        self.take(walk, &page).await?;
        Ok(Turn::Worked)
    }

    async fn is_due(&self, kind: ArchiveKind, walk: WalkKind) -> Result<bool, Error> {
        let progress = self.store.archive_progress(self.id, kind).await?;
        if walk == WalkKind::Head {
            // The first full walk is the first to read the newest rows.
            let full = self
                .store
                .archive_walk(self.id, kind, WalkKind::Full)
                .await?;
            let has_begun = progress.walked_at.is_some() || full.is_some();
            return Ok(self.is_round && has_begun);
        }
        let now = self.store.archive_clock();
        let Some(walked) = progress.walked_at else {
            return Ok(true);
        };
        let ago = |span: TimeDelta| now.millis() - span.num_milliseconds();
        Ok(match kind {
            _ if progress.completed_at.is_none() => walked <= ago(REPEAT_PAUSE),
            ArchiveKind::Tickets => {
                let hour = i64::from(now.to_utc().hour() + 24 + 9 - NIGHT) % 24;
                let since_night = TimeDelta::hours(hour + 1);
                walked < self.archive.started_at.millis() || walked <= ago(since_night)
            }
            ArchiveKind::History | ArchiveKind::Events => walked <= ago(HISTORY_PAUSE),
        })
    }

    /// The walk's page, counted from the newest row. A walk over a list that turns out to come oldest first begins again
    /// at its end.
    async fn page(&mut self, walk: &mut ListWalk) -> Result<Page, TurnError> {
        if let Some(last) = walk.last_page {
            let number = (last + 1).saturating_sub(walk.page).max(1);
            return self.source_page(walk.kind, number).await;
        }
        let page = self.source_page(walk.kind, walk.page).await?;
        let facts = page.facts();
        let Some(last) = facts.last.filter(|_| self.is_oldest_first(walk, &page)) else {
            return Ok(page);
        };
        let is_only_page = walk.page == 1 && last == 1;
        walk.last_page = Some(last);
        walk.page = 1;
        walk.listed = None;
        walk.unidentified = 0;
        if is_only_page {
            return Ok(page);
        }
        self.source_page(walk.kind, last).await
    }

    /// Whether a page's first row is older than its last one, or than the last one of the page before.
    fn is_oldest_first(&mut self, walk: &ListWalk, page: &Page) -> bool {
        let Some((first, last)) = page.ends() else {
            return false;
        };
        let key = (walk.kind, walk.walk);
        let latest = self.lists.latest.insert(key, (walk.page, last));
        // Rows that have moved on would look the same.
        let is_still = walk.listed == page.facts().total;
        let is_newer = latest
            .is_some_and(|(page, before)| is_still && page + 1 == walk.page && before < first);
        first < last || is_newer
    }

    async fn source_page(&mut self, kind: ArchiveKind, number: u32) -> Result<Page, TurnError> {
        let number = PageNumber::new(number);
        let page = match kind {
            ArchiveKind::History => Page::History(
                self.call(async |secmon, access| secmon.history(access, number).await)
                    .await?,
            ),
            ArchiveKind::Tickets | ArchiveKind::Events => Page::Tickets(
                self.call(async |secmon, access| secmon.tickets(access, number).await)
                    .await?,
            ),
        };
        if page.facts().lacks_rows {
            let what = "a page without the rows that its count promises";
            return Err(SourceError::UnexpectedResponse { what }.into());
        }
        Ok(page)
    }

    /// Reads the newest page for somebody who looks at it; the job's own walks stay where they are. Says whether nothing
    /// is missing between that page and what is archived.
    pub async fn read_newest_page(&mut self, mut walk: ListWalk) -> Result<bool, TurnError> {
        let page = self.page(&mut walk).await?;
        walk.listed = page.facts().total;
        Ok(self.store.record_newest(&walk, page.rows()).await?)
    }

    /// A page that fails again and again is left out.
    async fn fail_page(&mut self, mut walk: ListWalk) -> Result<(), Error> {
        // Else the source is down, which is no fault of the page.
        walk.failures += u32::from(self.has_answered());
        if walk.failures >= MAX_PAGE_FAILURES && walk.listed.is_some() {
            walk.failures = 0;
            walk.page += 1;
            walk.has_moved = true;
        }
        self.store.save_walk(&walk).await
    }

    /// Stores a page, and moves the walk on, back or to its end.
    async fn take(&mut self, mut walk: ListWalk, page: &Page) -> Result<(), TurnError> {
        let facts = page.facts();
        let key = (walk.kind, walk.walk);
        let is_oldest_first = walk.last_page.is_some();
        let mut steps_back = false;
        if let (Some(before), Some(now)) = (walk.listed, facts.total)
            && before != now
        {
            walk.has_moved = true;
            // Rows moved towards the walk: past a page that it has read.
            let have_approached = if is_oldest_first {
                now > before
            } else {
                now < before
            };
            steps_back = have_approached && self.lists.stepped_back.insert(key);
        }
        if !steps_back {
            self.lists.stepped_back.remove(&key);
        }
        let number = walk.page;
        let has_next = if is_oldest_first {
            let last = facts.last.unwrap_or(1);
            number < walk.last_page.replace(last).unwrap_or(last)
        } else {
            facts.has_next
        };
        // The list has become shorter than the walk is long.
        walk.has_moved |= facts.is_empty && number > 1;
        walk.listed = facts.total.or(walk.listed);
        walk.page = if steps_back {
            (number - 1).max(1)
        } else {
            number + 1
        };
        walk.failures = 0;
        let news = self.store.record_page(&walk, page.rows()).await?;
        walk.unidentified += news.unidentified;
        if facts.is_empty || !has_next || (!steps_back && self.is_enough(&walk, news).await?) {
            self.store.end_walk(&walk).await?;
        }
        Ok(())
    }

    /// Whether the rows behind this page are known.
    async fn is_enough(&self, walk: &ListWalk, news: PageNews) -> Result<bool, Error> {
        if walk.walk == WalkKind::Full {
            return Ok(false);
        }
        let progress = self.store.archive_progress(self.id, walk.kind).await?;
        let explains_count = explains_count(&progress, walk);
        Ok(match walk.kind {
            ArchiveKind::Tickets => {
                let late = self.store.archive_clock().minus(LATE).millis();
                let is_old = news.oldest.is_some_and(|oldest| oldest < late);
                is_old && news.new == 0 && explains_count
            }
            ArchiveKind::History | ArchiveKind::Events => {
                news.new == 0 && news.changed == 0 && explains_count
            }
        })
    }
}

/// While the first full walk lasts, it is the one to find what the count tells.
fn explains_count(progress: &ArchiveProgress, walk: &ListWalk) -> bool {
    let listed = walk.listed.and_then(|listed| i64::try_from(listed).ok());
    progress.completed_at.is_none()
        || listed.is_none_or(|listed| progress.known() + progress.shortfall >= listed)
}
