//! History, tickets and events of one server from the archive: by its addresses, and by names that no other server has.

use std::collections::HashSet;

use crate::{
    archive::{Freshness, Refresh},
    model::{
        ArchiveKind, Count, EVENTS, Event, Field, HISTORY, HistoryEntry, ListDefinition, ListQuery,
        TICKETS, Team, Ticket,
    },
    store::{ArchivedEvent, ArchivedHistory, ArchivedTicket},
    web::{
        AppState, Result,
        list::{ListRow, with_query},
    },
};

use super::{Identifiers, Matches};

/// Rows of each list on the page.
const MAX_ROWS: u32 = 20;
/// Rows that a search for names is read for: names within other names are found too.
const MAX_NAMED: u32 = 500;
/// As many values of a parameter as a query holds.
const MAX_VALUES: usize = 50;

/// What the archive knows of the rows beyond those on the page.
pub struct Archived {
    /// `None` where they could not all be counted.
    pub total: Option<Count>,
    /// The list of them.
    pub address: Option<String>,
    pub freshness: Freshness,
}

pub(super) struct Lookup<'a> {
    pub state: &'a AppState,
    pub team: &'a Team,
    pub identifiers: &'a Identifiers,
    /// Names that several servers of the team have.
    pub shared_names: HashSet<String>,
}

impl Lookup<'_> {
    /// `None` while there is no archive: then the source is asked.
    async fn freshness(&self, kind: ArchiveKind) -> Result<Option<Freshness>> {
        let freshness = self.state.archive.freshen(self.team, kind, Refresh::IfOld);
        Ok(Some(freshness.await?).filter(Freshness::is_archive))
    }

    fn matches<T>(
        &self,
        rows: Vec<T>,
        total: Option<Count>,
        query: Option<ListQuery>,
        freshness: Freshness,
        list: &str,
    ) -> Matches<T> {
        let path = format!("/t/{}/{list}", self.team.slug);
        let address = query.map(|query| with_query(&path, &query));
        Matches {
            rows,
            archived: Some(Archived {
                total,
                address,
                freshness,
            }),
            ..Matches::default()
        }
    }

    pub async fn history(&self) -> Result<Option<Matches<HistoryEntry>>> {
        let Some(freshness) = self.freshness(ArchiveKind::History).await? else {
            return Ok(None);
        };
        let names = self.identifiers.names.iter();
        let names: Vec<_> = names.map(|name| phrase(name)).collect();
        let queries = queries(&HISTORY, Field::Search, &names);
        let mut rows: Vec<ArchivedHistory> = Vec::new();
        let mut is_counted = true;
        for query in &queries {
            let found = self.rows::<ArchivedHistory>(query, MAX_NAMED).await?;
            is_counted &= found.len() < MAX_NAMED as usize;
            rows.extend(found);
        }
        let is_named = |row: &ArchivedHistory| {
            let mut names = row.entry.names.iter();
            names.any(|name| self.identifiers.names.contains(name))
        };
        rows.retain(is_named);
        newest_first(&mut rows);
        let total = is_counted.then_some(Count::Exact(rows.len() as u64));
        rows.truncate(MAX_ROWS as usize);
        let entries = rows.into_iter().map(|row| row.entry).collect();
        let matches = self.matches(entries, total, only(queries), freshness, "history");
        Ok(Some(matches))
    }

    pub async fn tickets(&self) -> Result<Option<Matches<Ticket>>> {
        let Some(freshness) = self.freshness(ArchiveKind::Tickets).await? else {
            return Ok(None);
        };
        let queries = self.by_address(&TICKETS);
        let (mut rows, mut total) = self.newest::<ArchivedTicket>(&queries).await?;
        let named = self.named_tickets().await?;
        if let Some(Count::Exact(count)) = total {
            total = Some(Count::Exact(count + named.len() as u64));
        }
        rows.extend(named);
        newest_first(&mut rows);
        rows.truncate(MAX_ROWS as usize);
        let tickets = rows.into_iter().map(|row| row.ticket).collect();
        let matches = self.matches(tickets, total, only(queries), freshness, "tickets");
        Ok(Some(matches))
    }

    /// Tickets of addresses that a server of this name had when they were archived, and has no more.
    async fn named_tickets(&self) -> Result<Vec<ArchivedTicket>> {
        let names = &self.identifiers.names - &self.shared_names;
        let phrases: Vec<_> = names.iter().map(|name| phrase(name)).collect();
        let mut rows = Vec::new();
        for query in queries(&TICKETS, Field::Search, &phrases) {
            rows.extend(self.rows::<ArchivedTicket>(&query, MAX_NAMED).await?);
        }
        rows.retain(|row| {
            let Ticket {
                source_ip,
                destination_ip,
                ..
            } = &row.ticket;
            let is_by_address = self.identifiers.has_ip([source_ip, destination_ip]);
            !is_by_address && row.servers.iter().any(|server| names.contains(server))
        });
        newest_first(&mut rows);
        Ok(rows)
    }

    pub async fn events(&self) -> Result<Option<Matches<Event>>> {
        let Some(freshness) = self.freshness(ArchiveKind::Events).await? else {
            return Ok(None);
        };
        let queries = self.by_address(&EVENTS);
        let (mut rows, total) = self.newest::<ArchivedEvent>(&queries).await?;
        newest_first(&mut rows);
        rows.truncate(MAX_ROWS as usize);
        let events = rows.into_iter().map(|row| row.event).collect();
        let matches = self.matches(events, total, only(queries), freshness, "events");
        Ok(Some(matches))
    }

    fn by_address(&self, definition: &'static ListDefinition) -> Vec<ListQuery> {
        let mut ips: Vec<_> = self.identifiers.ips.iter().cloned().collect();
        ips.sort();
        queries(definition, Field::Address, &ips)
    }

    async fn rows<T: ListRow>(&self, query: &ListQuery, limit: u32) -> Result<Vec<T>> {
        let store = &self.state.store;
        Ok(store.archive_rows(&self.team.id, query, limit).await?)
    }

    /// The newest rows of each query, and how many there are where one query says it all.
    async fn newest<T: ListRow>(&self, queries: &[ListQuery]) -> Result<(Vec<T>, Option<Count>)> {
        let mut rows = Vec::new();
        let mut total = Some(Count::Exact(0));
        for query in queries {
            let store = &self.state.store;
            let page = store.archive_page::<T>(&self.team.id, query, MAX_ROWS);
            let page = page.await?;
            rows.extend(page.rows);
            total = (queries.len() == 1).then_some(page.total);
        }
        Ok((rows, total))
    }
}

/// Queries for rows with one of the values, each with as many as it holds.
fn queries(definition: &'static ListDefinition, field: Field, values: &[String]) -> Vec<ListQuery> {
    let chunks = values.chunks(MAX_VALUES).map(|values| {
        let empty = ListQuery::new(definition);
        let values = values.iter();
        values.fold(empty, |query, value| query.with(field, value))
    });
    // A value that cannot be looked for leaves a query for everything.
    chunks.filter(ListQuery::is_filtered).collect()
}

fn only(queries: Vec<ListQuery>) -> Option<ListQuery> {
    <[ListQuery; 1]>::try_from(queries)
        .ok()
        .map(|[query]| query)
}

/// A search for the text as a whole.
fn phrase(text: &str) -> String {
    if text.contains('"') {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// Each row once: several queries may have found it.
fn newest_first<T: ListRow>(rows: &mut Vec<T>) {
    rows.sort_by_key(|row| std::cmp::Reverse(row.place()));
    rows.dedup_by_key(|row| row.place());
}
