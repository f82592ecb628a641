//! Rows written by a test in place of seeded ones, and their movements between reads.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::ApiError;

/// The lists of a tenant as a test wrote them. The detail of a ticket and the rows of all lists come from here.
#[derive(Debug, Clone)]
pub struct Feed {
    pub tickets: Vec<FeedTicket>,
    pub events: Vec<FeedEvent>,
    pub history: Vec<FeedChange>,
    /// Rows on a page.
    pub page_size: usize,
    /// Tickets and history come oldest first, in spite of the requested order.
    pub is_oldest_first: bool,
    /// Is the start of a period part of it, and is its end.
    pub includes: (bool, bool),
    /// Counts are written as text.
    pub has_text_counts: bool,
    /// Movements by the number of the call that they precede.
    pub movements: Vec<(u64, Movement)>,
    /// Calls that are refused.
    pub refused: BTreeSet<u64>,
    /// Calls so far.
    pub calls: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedTicket {
    pub id: String,
    pub detected: DateTime<Utc>,
    pub name: String,
    pub status: &'static str,
    pub analysis: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedEvent {
    pub detected: DateTime<Utc>,
    pub name: String,
    pub source_ip: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedChange {
    pub id: usize,
    pub at: DateTime<Utc>,
    pub contents: &'static str,
}

/// A change of the lists.
#[derive(Debug, Clone)]
pub enum Movement {
    AddTicket(FeedTicket),
    /// Replaces the ticket with the same id.
    ChangeTicket(FeedTicket),
    RemoveTicket(String),
    AddEvent(FeedEvent),
    AddChange(FeedChange),
    /// Replaces the row with the same id.
    ChangeChange(FeedChange),
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            tickets: Vec::new(),
            events: Vec::new(),
            history: Vec::new(),
            page_size: 10,
            is_oldest_first: false,
            includes: (true, true),
            has_text_counts: false,
            movements: Vec::new(),
            refused: BTreeSet::new(),
            calls: 0,
        }
    }
}

impl Feed {
    pub fn apply(&mut self, movement: Movement) {
        match movement {
            Movement::AddTicket(ticket) => self.tickets.push(ticket),
            Movement::ChangeTicket(ticket) => {
                let mut known = self.tickets.iter_mut();
                if let Some(known) = known.find(|known| known.id == ticket.id) {
                    *known = ticket;
                }
            }
            Movement::RemoveTicket(id) => self.tickets.retain(|ticket| ticket.id != id),
            Movement::AddEvent(event) => self.events.push(event),
            Movement::AddChange(change) => self.history.push(change),
            Movement::ChangeChange(change) => {
                let mut known = self.history.iter_mut();
                if let Some(known) = known.find(|known| known.id == change.id) {
                    *known = change;
                }
            }
        }
    }

    /// Counts a call, and applies the movements that precede it.
    pub(super) fn begin_call(&mut self) -> Result<(), ApiError> {
        self.calls += 1;
        let calls = self.calls;
        let (due, later) = std::mem::take(&mut self.movements)
            .into_iter()
            .partition(|(call, _)| *call <= calls);
        self.movements = later;
        let due: Vec<(u64, Movement)> = due;
        for (_, movement) in due {
            self.apply(movement);
        }
        if self.refused.remove(&calls) {
            return Err(ApiError::Refused("일시적인 오류입니다."));
        }
        Ok(())
    }

    /// The tickets in the order of the list.
    pub(super) fn listed_tickets(&self, newest_first: bool) -> Vec<FeedTicket> {
        let mut tickets = self.tickets.clone();
        tickets.sort_by(|one, other| (one.detected, &one.id).cmp(&(other.detected, &other.id)));
        if newest_first && !self.is_oldest_first {
            tickets.reverse();
        }
        tickets
    }

    /// The history in the order of the list.
    pub(super) fn listed_history(&self) -> Vec<FeedChange> {
        let mut history = self.history.clone();
        history.sort_by_key(|change| change.id);
        if !self.is_oldest_first {
            history.reverse();
        }
        history
    }

    /// The events of a period, newest first.
    pub(super) fn listed_events(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<FeedEvent> {
        let (has_start, has_end) = self.includes;
        let start = start + TimeDelta::seconds(i64::from(!has_start));
        let end = end - TimeDelta::seconds(i64::from(!has_end));
        let events = self.events.iter().rev();
        let mut events: Vec<_> = events
            .filter(|event| event.detected >= start && event.detected <= end)
            .cloned()
            .collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.detected));
        events
    }
}
