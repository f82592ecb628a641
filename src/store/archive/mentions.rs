//! Texts that name an address or an indicator, and notes that a search finds.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{
        AddressRange, Count, IndicatorKind, KstDateTime, SearchTerms, TeamId, TicketId, indicators,
    },
    store::{Error, Store, read_time},
};

use super::{
    condition::push_between, list::ArchiveRow, search::push_text_condition, statement::Statement,
    tickets::ArchivedTicket,
};

/// The latest notes of a team that are read for addresses.
const MAX_READ_NOTES: u32 = 2_000;

/// A note, with the ticket that it is about.
#[derive(Debug, Clone)]
pub struct FoundNote {
    pub ticket: TicketId,
    pub ticket_name: Option<String>,
    pub author: String,
    pub written: KstDateTime,
    pub text: String,
}

impl Store {
    /// Tickets whose text names an indicator, newest first: an address or several with `range`.
    pub async fn tickets_naming_address(
        &self,
        team: &TeamId,
        range: &AddressRange,
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let push = |sql: &mut Statement| {
            sql.push("kind = 'ip' and key");
            push_between(sql, range);
        };
        self.tickets_naming(team, push, limit).await
    }

    /// Tickets whose text names a CVE number, a domain or a hash, newest first.
    pub async fn tickets_naming_indicator(
        &self,
        team: &TeamId,
        kind: IndicatorKind,
        key: &str,
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let push = |sql: &mut Statement| {
            sql.push("kind = ")
                .bind(kind.code())
                .push(" and key = ")
                .bind(key);
        };
        self.tickets_naming(team, push, limit).await
    }

    async fn tickets_naming(
        &self,
        team: &TeamId,
        push_condition: impl FnOnce(&mut Statement),
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        let mut sql = Statement::new("select ");
        sql.push(ArchivedTicket::COLUMNS);
        sql.push(
            " from archived_tickets t where t.place in (select place from indicators where team = ",
        );
        sql.bind(number).push(" and ");
        push_condition(&mut sql);
        sql.push(") order by t.place desc limit ")
            .bind(i64::from(limit));
        let rows = sql.fetch_all(&self.pool).await?;
        rows.iter().map(ArchivedTicket::read).collect()
    }

    /// The latest notes that a search finds, and how many there are.
    pub async fn search_notes(
        &self,
        team: &TeamId,
        terms: &SearchTerms,
        limit: u32,
    ) -> Result<(Vec<FoundNote>, Count), Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok((Vec::new(), Count::Exact(0)));
        };
        let push_rows = |sql: &mut Statement| {
            sql.push(" where n.team = ").bind(number).push(" and ");
            push_text_condition(sql, self.pool.engine, "n.seek", &[terms], false);
        };
        let mut sql =
            Statement::new("select count(*) as counted from (select 1 from ticket_notes n");
        push_rows(&mut sql);
        sql.push(&format!(" limit {}) counted_rows", Count::MAX + 1));
        let counted = sql.fetch_all(&self.pool).await?;
        let counted: i64 = counted
            .first()
            .map_or(Ok(0), |row| row.try_get("counted"))?;
        let notes = self.notes(push_rows, limit).await?;
        Ok((notes, Count::capped(u64::try_from(counted).unwrap_or(0))))
    }

    /// Of the latest notes, those that name one of the addresses.
    pub async fn notes_naming_address(
        &self,
        team: &TeamId,
        range: &AddressRange,
    ) -> Result<Vec<FoundNote>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        let push_rows = |sql: &mut Statement| {
            sql.push(" where n.team = ").bind(number);
        };
        let mut notes = self.notes(push_rows, MAX_READ_NOTES).await?;
        let (low, high) = (range.low(), range.high());
        let keys = low.as_str()..=high.as_str();
        notes.retain(|note| {
            let mut named = indicators(&note.text).into_iter();
            named.any(|named| {
                named.kind == IndicatorKind::Address && keys.contains(&named.key.as_str())
            })
        });
        Ok(notes)
    }

    /// Notes, the latest first.
    async fn notes(
        &self,
        push_rows: impl Fn(&mut Statement),
        limit: u32,
    ) -> Result<Vec<FoundNote>, Error> {
        let mut sql = Statement::new(
            "select t.ticket_id, t.name, n.author_name, n.created_at, n.edited_at, n.text
             from ticket_notes n join archived_tickets t on t.place = n.place",
        );
        push_rows(&mut sql);
        sql.push(" order by n.created_at desc, n.id desc limit ")
            .bind(i64::from(limit));
        let rows = sql.fetch_all(&self.pool).await?;
        rows.iter().map(read_note).collect()
    }
}

fn read_note(row: &AnyRow) -> Result<FoundNote, Error> {
    let ticket: String = row.try_get("ticket_id")?;
    let edited: Option<i64> = row.try_get("edited_at")?;
    let written = edited.map_or_else(|| row.try_get("created_at"), Ok)?;
    Ok(FoundNote {
        ticket: ticket
            .parse()
            .map_err(|_| Error::Unreadable("the id of a ticket"))?,
        ticket_name: row.try_get("name")?,
        author: row.try_get("author_name")?,
        written: read_time(written)?,
        text: row.try_get("text")?,
    })
}
