//! Archived tickets: pages of the list, one ticket, its neighbors and its relatives.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{
        ApiTimestamp, ArchiveKind, Field, Fragment, KstDateTime, ListQuery, Position, SearchTerms,
        TeamId, Ticket, TicketId, VendorTerm, Vocabulary, excerpt, first_place, vocabulary,
    },
    store::{Error, Store, read_time},
};

use super::{list::ArchiveRow, statement::Statement};

/// A week, in milliseconds.
const RELATED_SPAN: i64 = 7 * 24 * 3600 * 1000;

/// A row of the list of archived tickets.
#[derive(Debug, Clone)]
pub struct ArchivedTicket {
    /// The cursor of the row.
    pub place: i64,
    /// As the source listed it last.
    pub ticket: Ticket,
    /// Names of the servers with its addresses.
    pub servers: Vec<String>,
    pub reviewed: Option<KstDateTime>,
    pub reviewed_by: Option<String>,
    /// The username.
    pub assignee: Option<String>,
    pub first_seen: KstDateTime,
    pub changed: KstDateTime,
    /// Since when the source does not list it any more.
    pub gone: Option<KstDateTime>,
}

/// Where in a ticket's parts a search was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartExcerpt {
    /// `description`, `summary`, `analysis` or `deep-analysis`.
    pub part: String,
    pub fragments: Vec<Fragment>,
}

impl PartExcerpt {
    /// The message that names the part.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self.part.as_str() {
            "summary" => "ticket-summary",
            "analysis" => "ticket-analysis",
            "deep-analysis" => "ticket-deep-analysis",
            _ => "ticket-description",
        }
    }
}

impl ArchiveRow for ArchivedTicket {
    const KIND: ArchiveKind = ArchiveKind::Tickets;
    const TABLE: &'static str = "archived_tickets";
    const COLUMNS: &'static str = "t.place, t.ticket_id, t.detected_at, t.detected_original, t.name, t.status_original, t.verdict_original,
         t.type_original, t.attack, t.source_ip, t.destination_ip, t.server_names, t.reviewed_at, t.reviewed_by,
         (select username from users where users.id = t.assignee_id) as assignee, t.first_seen_at, t.changed_at, t.gone_at";

    fn sort(column: &str) -> Option<&'static str> {
        Some(match column {
            "name" => "coalesce(t.name, '')",
            "status" => "t.status",
            "verdict" => "t.verdict",
            "type" => "t.type",
            "attack" => "coalesce(t.attack, '')",
            "source" => "t.source_key",
            "destination" => "t.destination_key",
            "reviewed" => "coalesce(t.reviewed_at, 0)",
            "assignee" => {
                "coalesce((select username from users where users.id = t.assignee_id), '')"
            }
            _ => return None,
        })
    }

    fn facet(field: Field) -> Option<&'static str> {
        Some(match field {
            Field::Type => "t.type",
            Field::Status => "t.status",
            Field::Verdict => "t.verdict",
            Field::Attack => "coalesce(t.attack, '')",
            Field::Reviewed => "case when t.reviewed_at is null then 'no' else 'yes' end",
            Field::Assignee => {
                "coalesce((select username from users where users.id = t.assignee_id), 'none')"
            }
            _ => return None,
        })
    }

    fn read(row: &AnyRow) -> Result<Self, Error> {
        let id: String = row.try_get("ticket_id")?;
        let id: TicketId = id
            .parse()
            .map_err(|_| Error::Unreadable("the id of a ticket"))?;
        let names: String = row.try_get("server_names")?;
        Ok(Self {
            place: row.try_get("place")?,
            ticket: Ticket {
                id: Some(id),
                name: row.try_get("name")?,
                detected: timestamp(row, "detected_at", "detected_original")?,
                verdict: term(row, "verdict_original", &vocabulary::VERDICT)?,
                status: term(row, "status_original", &vocabulary::TICKET_STATUS)?,
                kind: term(row, "type_original", &vocabulary::TICKET_KIND)?,
                attack: row.try_get("attack")?,
                source_ip: row.try_get("source_ip")?,
                destination_ip: row.try_get("destination_ip")?,
            },
            servers: names.lines().map(str::to_owned).collect(),
            reviewed: time(row, "reviewed_at")?,
            reviewed_by: row.try_get("reviewed_by")?,
            assignee: row.try_get("assignee")?,
            first_seen: read_time(row.try_get("first_seen_at")?)?,
            changed: read_time(row.try_get("changed_at")?)?,
            gone: time(row, "gone_at")?,
        })
    }
}

pub(super) fn time(row: &AnyRow, column: &str) -> Result<Option<KstDateTime>, Error> {
    let at: Option<i64> = row.try_get(column)?;
    at.map(read_time).transpose()
}

/// A time of the source, or what it wrote instead.
pub(super) fn timestamp(
    row: &AnyRow,
    column: &str,
    original: &str,
) -> Result<Option<ApiTimestamp>, Error> {
    let at = time(row, column)?.map(ApiTimestamp::At);
    let original: Option<String> = row.try_get(original)?;
    Ok(at.or_else(|| original.map(ApiTimestamp::AsWritten)))
}

pub(super) fn term(
    row: &AnyRow,
    original: &str,
    vocabulary: &Vocabulary,
) -> Result<Option<VendorTerm>, Error> {
    let original: Option<String> = row.try_get(original)?;
    Ok(original.map(|original| vocabulary.term(&original)))
}

impl Store {
    pub async fn archived_ticket(
        &self,
        team: &TeamId,
        id: &TicketId,
    ) -> Result<Option<ArchivedTicket>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(None);
        };
        let mut sql = Statement::new("select ");
        sql.push(ArchivedTicket::COLUMNS)
            .push(" from archived_tickets t where t.team = ");
        sql.bind(number)
            .push(" and t.ticket_id = ")
            .bind(id.as_str());
        let rows = sql.fetch_all(&self.pool).await?;
        rows.first().map(ArchivedTicket::read).transpose()
    }

    /// The tickets before and after one in the list that it was opened from.
    pub async fn ticket_neighbors(
        &self,
        team: &TeamId,
        query: &ListQuery,
        place: i64,
    ) -> Result<[Option<ArchivedTicket>; 2], Error> {
        let [previous, next] = if query.sort().descending {
            [Position::After(place), Position::Before(place)]
        } else {
            [Position::Before(place), Position::After(place)]
        };
        let previous = self.archive_rows(team, &query.at(previous), 1).await?;
        let next = self.archive_rows(team, &query.at(next), 1).await?;
        Ok([previous, next].map(|rows| rows.into_iter().next()))
    }

    /// Other tickets within a week of one that share its source or its destination, newest first.
    pub async fn related_tickets(
        &self,
        team: &TeamId,
        place: i64,
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        // A place holds its second; the span is as good as exact.
        let span = first_place(RELATED_SPAN);
        let mut sql = Statement::new("select ");
        sql.push(ArchivedTicket::COLUMNS);
        sql.push(" from archived_tickets t join archived_tickets one on one.place = ")
            .bind(place);
        sql.push(" and one.team = t.team where t.team = ")
            .bind(number);
        sql.push(" and t.place between ")
            .bind(place - span)
            .push(" and ")
            .bind(place + span);
        sql.push(
            " and t.place <> one.place and ((t.source_key = one.source_key and t.source_key <> '')
               or (t.destination_key = one.destination_key and t.destination_key <> ''))
             order by t.place desc limit ",
        );
        sql.bind(i64::from(limit));
        sql.fetch_all(&self.pool)
            .await?
            .iter()
            .map(ArchivedTicket::read)
            .collect()
    }

    /// Where a search is found in the parts of these tickets: the first part of each that matches.
    pub async fn ticket_excerpts(
        &self,
        places: &[i64],
        terms: &SearchTerms,
        length: usize,
    ) -> Result<HashMap<i64, PartExcerpt>, Error> {
        if places.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = Statement::new(
            "select place, part, text from archived_ticket_parts where part <> 'name' and place in (",
        );
        sql.bind_list(places.iter().copied());
        sql.push(
            ") order by place, case part when 'summary' then 1 when 'analysis' then 2
               when 'deep-analysis' then 3 else 4 end",
        );
        let mut excerpts = HashMap::new();
        for row in sql.fetch_all(&self.pool).await? {
            let (place, text): (i64, String) = (row.try_get("place")?, row.try_get("text")?);
            if excerpts.contains_key(&place) {
                continue;
            }
            if let Some(fragments) = excerpt(&text, terms, length) {
                let part = row.try_get("part")?;
                excerpts.insert(place, PartExcerpt { part, fragments });
            }
        }
        Ok(excerpts)
    }
}
