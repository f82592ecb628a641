//! The parts of tickets: which are to be read, and what was read.

use crate::{
    model::{KstDateTime, TeamId, TicketId, next_parts_visit, parts_hash},
    store::{Error, Store, Tx, read_time, storable, transaction::retry},
};

use super::{
    ArchivedPart, TicketTexts,
    index::index_ticket,
    progress::ArchiveId,
    retry_taken,
    revisions::{Revision, record_revision},
};

/// A ticket whose parts are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTicket {
    pub place: i64,
    pub id: TicketId,
}

/// A ticket's parts as they are stored.
#[derive(Debug, Clone)]
pub struct StoredTicket {
    pub due: DueTicket,
    pub parts: Vec<ArchivedPart>,
    /// When the source last showed them like this; `None` when they were never read.
    pub checked: Option<KstDateTime>,
    /// Of the sanitizer that made all of them; 0 when several did.
    pub sanitizer_version: u32,
}

/// What the list says of a ticket, and how its parts were read before.
#[derive(sqlx::FromRow)]
struct TicketHead {
    team: i64,
    ticket_id: String,
    name: Option<String>,
    attack: Option<String>,
    source_ip: Option<String>,
    destination_ip: Option<String>,
    server_names: String,
    parts_hash: Option<String>,
    changed_at: i64,
    revisions: i64,
}

#[derive(sqlx::FromRow)]
struct PartRow {
    part: String,
    raw: String,
    html: String,
    text: String,
    truncated_at: Option<i64>,
    sanitizer_version: i64,
}

const PARTS: &str = "select part, raw, html, text, truncated_at, sanitizer_version
     from archived_ticket_parts where place = $1 order by part";

impl PartRow {
    fn part(self) -> ArchivedPart {
        ArchivedPart {
            part: self.part,
            raw: self.raw,
            html: self.html,
            text: self.text,
            is_truncated: self.truncated_at.is_some(),
        }
    }
}

/// The pause after the first failure, doubled by each further one.
const FIRST_PAUSE: i64 = 5 * 60 * 1000;

impl Store {
    /// Tickets whose parts are to be read, newest first.
    pub async fn due_tickets(
        &self,
        archive: ArchiveId,
        limit: usize,
    ) -> Result<Vec<DueTicket>, Error> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "select place, ticket_id from archived_tickets
             where team = $1 and parts_due_at is not null and parts_due_at <= $2
             order by place desc limit $3",
        )
        .bind(archive.0)
        .bind(self.now())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(place, id)| {
                let id = id.parse().map_err(|_| Error::Unreadable("a ticket's id"))?;
                Ok(DueTicket { place, id })
            })
            .collect()
    }

    /// Stores the parts of some tickets, sanitized by that version.
    pub async fn record_parts(
        &self,
        tickets: &[(DueTicket, Vec<ArchivedPart>)],
        sanitizer_version: u32,
    ) -> Result<(), Error> {
        let now = self.now();
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            for (ticket, parts) in tickets {
                record_ticket(&mut tx, ticket.place, parts, sanitizer_version, now).await?;
            }
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// The stored parts of a ticket; `None` when the archive does not know it.
    pub async fn stored_ticket(
        &self,
        team: &TeamId,
        id: &TicketId,
    ) -> Result<Option<StoredTicket>, Error> {
        let row: Option<(i64, Option<i64>)> = sqlx::query_as(
            "select place, parts_at from archived_tickets
             where team = (select number from archives where team_id = $1) and ticket_id = $2",
        )
        .bind(&team.0)
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let Some((place, checked)) = row else {
            return Ok(None);
        };
        let rows: Vec<PartRow> = sqlx::query_as(PARTS)
            .bind(place)
            .fetch_all(&self.pool)
            .await?;
        let version = rows.first().map_or(0, |row| row.sanitizer_version);
        let is_one = rows.iter().all(|row| row.sanitizer_version == version);
        Ok(Some(StoredTicket {
            due: DueTicket {
                place,
                id: id.clone(),
            },
            parts: rows.into_iter().map(PartRow::part).collect(),
            checked: checked.map(read_time).transpose()?,
            sanitizer_version: u32::try_from(version).ok().filter(|_| is_one).unwrap_or(0),
        }))
    }

    /// Notes that the source still shows the parts with this hash; `false` when others are stored.
    pub async fn confirm_parts(&self, ticket: &DueTicket, hash: &str) -> Result<bool, Error> {
        let now = self.now();
        let changed_at: Option<i64> = sqlx::query_scalar(
            "select changed_at from archived_tickets where place = $1 and parts_hash = $2",
        )
        .bind(ticket.place)
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        let Some(changed_at) = changed_at else {
            return Ok(false);
        };
        let confirmed = sqlx::query(
            "update archived_tickets set parts_at = $1, parts_due_at = $2, parts_failures = 0
             where place = $3 and parts_hash = $4 and changed_at = $5",
        )
        .bind(now)
        .bind(next_parts_visit(changed_at, now))
        .bind(ticket.place)
        .bind(hash)
        .bind(changed_at)
        .execute(&self.pool)
        .await?;
        Ok(confirmed.rows_affected() > 0)
    }

    /// The parts of a ticket could not be read: they are tried again later.
    pub async fn postpone_parts(&self, ticket: &DueTicket) -> Result<(), Error> {
        sqlx::query(
            "update archived_tickets set parts_failures = parts_failures + 1,
                 parts_due_at = $1 + $2 * case parts_failures when 0 then 1 when 1 then 2 when 2 then 6
                     when 3 then 24 else 288 end
             where place = $3",
        )
        .bind(self.now())
        .bind(FIRST_PAUSE)
        .bind(ticket.place)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Tickets of which a part was sanitized by an earlier version, with the raw text of all parts; at most `limit`.
    pub async fn outdated_parts(
        &self,
        archive: ArchiveId,
        sanitizer_version: u32,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<ArchivedPart>)>, Error> {
        let from = self.resanitized(archive, sanitizer_version).await?;
        let Some(from) = from else {
            return Ok(Vec::new());
        };
        let places: Vec<i64> = sqlx::query_scalar(
            "select place from archived_tickets where team = $1 and place > $2
             order by place limit $3",
        )
        .bind(archive.0)
        .bind(from)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        if places.is_empty() {
            sqlx::query(
                "update archives set sanitizer_version = $1, resanitized_place = 0 where number = $2",
            )
            .bind(i64::from(sanitizer_version))
            .bind(archive.0)
            .execute(&self.pool)
            .await?;
        }
        let mut tx = self.begin().await?;
        let mut tickets = Vec::new();
        for place in places {
            tickets.push((place, stored_parts(&mut tx, place).await?));
        }
        tx.rollback().await?;
        Ok(tickets)
    }

    /// The place behind which parts may be outdated; `None` when none are.
    async fn resanitized(
        &self,
        archive: ArchiveId,
        sanitizer_version: u32,
    ) -> Result<Option<i64>, Error> {
        let (version, place): (i64, i64) = sqlx::query_as(
            "select sanitizer_version, resanitized_place from archives where number = $1",
        )
        .bind(archive.0)
        .fetch_one(&self.pool)
        .await?;
        Ok((version != i64::from(sanitizer_version)).then_some(place))
    }

    /// Replaces what the sanitizer made of stored parts.
    pub async fn record_sanitized(
        &self,
        archive: ArchiveId,
        tickets: &[(i64, Vec<ArchivedPart>)],
        sanitizer_version: u32,
    ) -> Result<(), Error> {
        let Some((last, _)) = tickets.last() else {
            return Ok(());
        };
        retry(|| async {
            let mut tx = self.begin().await?;
            for (place, parts) in tickets {
                write_parts(&mut tx, *place, parts, sanitizer_version, self.now()).await?;
                let head = head(&mut tx, *place).await?;
                index(&mut tx, *place, &head, parts).await?;
            }
            sqlx::query("update archives set resanitized_place = $1 where number = $2")
                .bind(last)
                .bind(archive.0)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

async fn record_ticket(
    tx: &mut Tx<'_>,
    place: i64,
    parts: &[ArchivedPart],
    sanitizer_version: u32,
    now: i64,
) -> Result<(), Error> {
    let head = head(tx, place).await?;
    let hash = parts_hash(
        parts
            .iter()
            .flat_map(|part| [part.part.as_str(), &part.raw]),
    );
    let mut changed_at = head.changed_at;
    let mut revisions = head.revisions;
    if head.parts_hash.as_ref() != Some(&hash) {
        if head.parts_hash.is_some() {
            revisions += 1;
            let old = stored_parts(tx, place).await?;
            let revision = Revision {
                kind: "tickets",
                row_id: &head.ticket_id,
                number: revisions,
                seen_at: changed_at,
                content: before(&old, parts),
            };
            record_revision(tx, ArchiveId(head.team), &revision, now).await?;
            changed_at = now;
        }
        write_parts(tx, place, parts, sanitizer_version, now).await?;
        index(tx, place, &head, parts).await?;
    }
    sqlx::query(
        "update archived_tickets set parts_hash = $1, parts_at = $2, parts_due_at = $3,
             parts_failures = 0, changed_at = $4, revisions = $5
         where place = $6",
    )
    .bind(hash)
    .bind(now)
    .bind(next_parts_visit(changed_at, now))
    .bind(changed_at)
    .bind(revisions)
    .bind(place)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn head(tx: &mut Tx<'_>, place: i64) -> Result<TicketHead, Error> {
    let head = sqlx::query_as(
        "select team, ticket_id, name, attack, source_ip, destination_ip, server_names, parts_hash,
             changed_at, revisions
         from archived_tickets where place = $1",
    )
    .bind(place)
    .fetch_one(&mut **tx)
    .await?;
    Ok(head)
}

/// The parts as they are stored, in the order of their names.
pub(super) async fn stored_parts(tx: &mut Tx<'_>, place: i64) -> Result<Vec<ArchivedPart>, Error> {
    let rows: Vec<PartRow> = sqlx::query_as(PARTS)
        .bind(place)
        .fetch_all(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(PartRow::part).collect())
}

async fn write_parts(
    tx: &mut Tx<'_>,
    place: i64,
    parts: &[ArchivedPart],
    sanitizer_version: u32,
    now: i64,
) -> Result<(), Error> {
    sqlx::query("delete from archived_ticket_parts where place = $1")
        .bind(place)
        .execute(&mut **tx)
        .await?;
    for part in parts {
        sqlx::query(
            "insert into archived_ticket_parts
                 (place, part, raw, html, text, truncated_at, sanitizer_version)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(place)
        .bind(&part.part)
        .bind(storable(&part.raw))
        .bind(storable(&part.html))
        .bind(storable(&part.text))
        .bind(part.is_truncated.then_some(now))
        .bind(i64::from(sanitizer_version))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn index(
    tx: &mut Tx<'_>,
    place: i64,
    head: &TicketHead,
    parts: &[ArchivedPart],
) -> Result<(), Error> {
    let texts = TicketTexts {
        team: head.team,
        place,
        ticket_id: &head.ticket_id,
        name: head.name.as_deref(),
        attack: head.attack.as_deref(),
        source_ip: head.source_ip.as_deref(),
        destination_ip: head.destination_ip.as_deref(),
        server_names: &head.server_names,
        parts,
    };
    index_ticket(tx, texts).await
}

/// The parts that have changed, as they were.
fn before(old: &[ArchivedPart], new: &[ArchivedPart]) -> serde_json::Value {
    let is_same = |part: &&ArchivedPart| {
        new.iter()
            .any(|other| other.part == part.part && other.raw == part.raw)
    };
    let is_added = |part: &&ArchivedPart| old.iter().all(|other| other.part != part.part);
    let changed = old.iter().filter(|part| !is_same(part));
    let changed = changed.map(|part| (part.part.clone(), part.raw.clone().into()));
    // A part that was not there before was empty.
    let added = new.iter().filter(is_added);
    let added = added.map(|part| (part.part.clone(), serde_json::Value::Null));
    let parts: serde_json::Map<_, _> = changed.chain(added).collect();
    serde_json::json!({ "parts": parts })
}
