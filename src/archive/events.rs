//! Events: read window by window, since they have no id and the source filters them by time alone.
//!
//! The source may take the ends of a period as included or not, so one second more is asked for on both sides, and the
//! portal decides what belongs to the window.

use chrono::DateTime;

use crate::{
    model::{Event, EventRange, KstDateTime, PageNumber, PageOf, archived_time},
    store::{Error, EventWindow, WindowReading},
};

use super::run::{Run, Turn, TurnError};

/// A window of more pages is split.
const MAX_PAGES: u64 = 5;

const SECOND: i64 = 1000;

/// What a page tells of the reading that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Another page follows.
    Goes,
    /// The window holds what it held.
    Unchanged,
    /// All rows of one moment were met.
    Whole,
    TooLarge,
    /// The rows moved meanwhile.
    Moved,
}

impl Run<'_> {
    /// Reads one page of a window.
    pub async fn events_turn(&mut self) -> Result<Turn, TurnError> {
        if self.window.is_none() {
            self.window = self.next_window().await?;
        }
        let Some(window) = self.window.clone() else {
            return Ok(Turn::Idle);
        };
        let reading = window.reading.clone();
        let mut reading = reading.unwrap_or_else(|| self.new_reading());
        let page = match self.window_page(&window, &reading).await {
            Ok(page) => page,
            Err(TurnError::Failed(error)) => {
                self.window = None;
                // Else the source is down, which is no fault of the window.
                if self.has_answered() {
                    self.store.fail_reading(&window).await?;
                }
                return Err(error.into());
            }
            Err(error) => return Err(error),
        };
        let inside = inside(&window, &page);
        let step = take(&window, &mut reading, &page);
        match step {
            Step::Goes => self.store.record_event_page(&window, &inside).await?,
            Step::Unchanged => self.store.end_reading(&window, &reading, &[]).await?,
            Step::Whole => self.store.end_reading(&window, &reading, &inside).await?,
            Step::TooLarge => self.store.split_window(&window, &inside).await?,
            Step::Moved => {
                self.store.record_event_page(&window, &inside).await?;
                self.store.repeat_reading(&window).await?;
            }
        }
        self.window = (step == Step::Goes).then_some(EventWindow {
            reading: Some(reading),
            ..window
        });
        Ok(Turn::Worked)
    }

    /// Reads the newest page of the windows whose events are still arriving, for somebody who looks at them. Says whether
    /// that was all of them.
    pub async fn read_open_windows(&mut self) -> Result<bool, TurnError> {
        self.store.extend_windows(self.id).await?;
        let mut is_up_to_date = true;
        for window in self.store.open_windows(self.id).await? {
            is_up_to_date &= self.read_first_page(&window).await?;
        }
        Ok(is_up_to_date)
    }

    async fn read_first_page(&mut self, window: &EventWindow) -> Result<bool, TurnError> {
        let mut reading = self.new_reading();
        let page = self.window_page(window, &reading).await?;
        let inside = inside(window, &page);
        let step = take(window, &mut reading, &page);
        match step {
            Step::Unchanged => self.store.end_reading(window, &reading, &[]).await?,
            Step::Whole => self.store.end_reading(window, &reading, &inside).await?,
            Step::Goes | Step::TooLarge | Step::Moved => {
                self.store.record_event_page(window, &inside).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn new_reading(&self) -> WindowReading {
        WindowReading {
            started_at: self.store.archive_clock().millis(),
            page: 1,
            ..WindowReading::default()
        }
    }

    async fn window_page(
        &mut self,
        window: &EventWindow,
        reading: &WindowReading,
    ) -> Result<PageOf<Event>, TurnError> {
        let (number, range) = (PageNumber::new(reading.page), range(window)?);
        self.call(async |secmon, access| secmon.events(access, number, range).await)
            .await
    }

    async fn next_window(&self) -> Result<Option<EventWindow>, Error> {
        if let Some(window) = self.store.next_window(self.id).await? {
            return Ok(Some(window));
        }
        if self.store.extend_windows(self.id).await? {
            return self.store.next_window(self.id).await;
        }
        Ok(None)
    }

    /// Keeps an unfinished reading for the next run.
    pub async fn suspend_window(&mut self) -> Result<(), Error> {
        let Some(window) = self.window.take() else {
            return Ok(());
        };
        match &window.reading {
            Some(reading) => self.store.suspend_reading(&window, reading).await,
            None => Ok(()),
        }
    }
}

/// The window and a second on both sides; its end is not part of it.
fn range(window: &EventWindow) -> Result<EventRange, Error> {
    let at = |millis| {
        let at = DateTime::from_timestamp_millis(millis);
        at.map(KstDateTime::from_utc)
            .ok_or(Error::Unreadable("a window of events"))
    };
    EventRange::new(at(window.start - SECOND)?, at(window.end)?)
        .map_err(|_| Error::Unreadable("a window of events"))
}

fn inside(window: &EventWindow, page: &PageOf<Event>) -> Vec<Event> {
    let events = page.rows.iter();
    events
        .filter(|event| is_inside(window, event))
        .cloned()
        .collect()
}

/// An event without a readable time belongs to whichever window shows it.
fn is_inside(window: &EventWindow, event: &Event) -> bool {
    let (at, _) = archived_time(event.detected.as_ref());
    at.is_none_or(|at| (window.start..window.end).contains(&at))
}

/// Adds a page to a reading.
fn take(window: &EventWindow, reading: &mut WindowReading, page: &PageOf<Event>) -> Step {
    let is_first = reading.page == 1 && !reading.is_confirming;
    if is_first {
        reading.listed = page.total;
        if reading.listed.is_some() && reading.listed == window.listed {
            return Step::Unchanged;
        }
        let is_long = page
            .total
            .is_some_and(|total| total > MAX_PAGES * page.page_size);
        if is_long && window.end - window.start > SECOND {
            return Step::TooLarge;
        }
    } else if page.total != reading.listed {
        return Step::Moved;
    }
    let hashes: Vec<_> = page.rows.iter().map(Event::identity).collect();
    if reading.is_confirming {
        return if hashes == reading.first_page {
            Step::Whole
        } else {
            Step::Moved
        };
    }
    for (event, hash) in page.rows.iter().zip(&hashes) {
        if is_inside(window, event) {
            *reading.tally.entry(hash.clone()).or_default() += 1;
        }
    }
    reading.rows += hashes.len() as u64;
    if is_first {
        reading.first_page = hashes;
    }
    if page.has_next && !page.rows.is_empty() {
        reading.page += 1;
        return Step::Goes;
    }
    if reading.listed.is_some_and(|listed| listed != reading.rows) {
        return Step::Moved;
    }
    if is_first {
        return Step::Whole;
    }
    reading.page = 1;
    reading.is_confirming = true;
    Step::Goes
}
