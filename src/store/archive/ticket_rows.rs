//! Rows of the list of tickets: added, seen again, or seen changed.

use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;

use crate::{
    model::{AddressKey, ApiTimestamp, Ticket, TicketId, VendorTerm, archived_time},
    store::{Error, Tx, storable},
};

use super::{
    ArchivedPart, TicketTexts,
    index::index_ticket,
    parts::stored_parts,
    places::{free_place, placeholders},
    progress::{ArchiveId, PageNews},
    retention::retained_since,
    revisions::{Revision, record_revision},
};

/// What is stored of a ticket's row.
#[derive(sqlx::FromRow)]
struct StoredTicket {
    place: i64,
    ticket_id: String,
    detected_at: Option<i64>,
    detected_original: Option<String>,
    name: Option<String>,
    status_original: Option<String>,
    verdict_original: Option<String>,
    type_original: Option<String>,
    attack: Option<String>,
    source_ip: Option<String>,
    destination_ip: Option<String>,
    row_hash: String,
    changed_at: i64,
    revisions: i64,
    gone_at: Option<i64>,
}

/// The names of a team's servers by each of their addresses.
#[derive(Default)]
struct ServerNames(HashMap<String, Vec<String>>);

impl ServerNames {
    async fn load(tx: &mut Tx<'_>, archive: ArchiveId) -> Result<Self, Error> {
        let servers: Vec<(String, String)> = sqlx::query_as(
            "select name, address from servers
             where team_id = (select team_id from archives where number = $1) and address <> ''
             order by name",
        )
        .bind(archive.0)
        .fetch_all(&mut **tx)
        .await?;
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        for (name, addresses) in servers {
            for address in addresses.split(", ") {
                names
                    .entry(address.to_owned())
                    .or_default()
                    .push(name.clone());
            }
        }
        Ok(Self(names))
    }

    /// The servers that a ticket is about, a line each.
    fn for_ticket(&self, ticket: &Ticket) -> String {
        let addresses = [&ticket.destination_ip, &ticket.source_ip];
        let names = addresses.into_iter().flatten();
        let names = names.filter_map(|address| self.0.get(address)).flatten();
        let names: Vec<_> = names.map(String::as_str).collect();
        names.join("\n")
    }
}

/// Stores the rows of one page.
pub(super) async fn record_tickets(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    tickets: &[Ticket],
    now: i64,
) -> Result<PageNews, Error> {
    let mut news = PageNews {
        oldest: oldest(tickets.iter().map(|ticket| ticket.detected.as_ref())),
        ..PageNews::default()
    };
    let stored = stored_tickets(tx, archive, tickets).await?;
    let is_known = |ticket: &Ticket| {
        let id = ticket.id.as_ref().map(TicketId::as_str);
        let stored = id.and_then(|id| stored.get(id));
        stored.is_some_and(|stored| stored.row_hash == ticket.row_hash())
    };
    let servers = if tickets.iter().all(is_known) {
        ServerNames::default()
    } else {
        ServerNames::load(tx, archive).await?
    };
    let is_first_walk = is_first_walk(tx, archive).await?;
    let since = retained_since(&mut **tx, archive, now).await?;
    let mut met = HashSet::new();
    let mut unchanged = Vec::new();
    for ticket in tickets {
        let Some(id) = ticket.id.as_ref().map(TicketId::as_str) else {
            news.unidentified += 1;
            continue;
        };
        if !met.insert(id) {
            continue;
        }
        match stored.get(id) {
            None => {
                let detected = archived_time(ticket.detected.as_ref()).0;
                if detected.is_some() && detected < since {
                    news.unidentified += 1;
                    continue;
                }
                // What was there before the archive was changes no more, as a rule.
                let changed = detected.filter(|at| is_first_walk && *at < now);
                let times = (now, changed.unwrap_or(now));
                insert(
                    tx,
                    archive,
                    (id, ticket),
                    &servers.for_ticket(ticket),
                    times,
                )
                .await?;
                news.new += 1;
            }
            Some(stored) => {
                news.returned += u32::from(stored.gone_at.is_some());
                if stored.row_hash == ticket.row_hash() {
                    unchanged.push(stored.place);
                } else {
                    revise(
                        tx,
                        archive,
                        stored,
                        ticket,
                        &servers.for_ticket(ticket),
                        now,
                    )
                    .await?;
                    news.changed += 1;
                }
            }
        }
    }
    touch(tx, "archived_tickets", archive, &unchanged, now).await?;
    Ok(news)
}

/// The oldest of some times.
pub(super) fn oldest<'a>(times: impl Iterator<Item = Option<&'a ApiTimestamp>>) -> Option<i64> {
    times.filter_map(|at| archived_time(at).0).min()
}

/// Notes that the list still shows these rows as they are.
pub(super) async fn touch(
    tx: &mut Tx<'_>,
    table: &'static str,
    archive: ArchiveId,
    places: &[i64],
    now: i64,
) -> Result<(), Error> {
    if places.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update {table} set checked_at = $1, missing_at = null, gone_at = null
         where team = $2 and place in ({})",
        placeholders(3, places.len())
    );
    let mut query = sqlx::query(AssertSqlSafe(sql)).bind(now).bind(archive.0);
    for place in places {
        query = query.bind(*place);
    }
    query.execute(&mut **tx).await?;
    Ok(())
}

async fn is_first_walk(tx: &mut Tx<'_>, archive: ArchiveId) -> Result<bool, Error> {
    let completed: Option<i64> = sqlx::query_scalar(
        "select completed_at from archive_progress where team = $1 and kind = 'tickets'",
    )
    .bind(archive.0)
    .fetch_one(&mut **tx)
    .await?;
    Ok(completed.is_none())
}

async fn stored_tickets(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    tickets: &[Ticket],
) -> Result<HashMap<String, StoredTicket>, Error> {
    let ids: Vec<_> = tickets
        .iter()
        .filter_map(|ticket| ticket.id.as_ref())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select place, ticket_id, detected_at, detected_original, name, status_original,
             verdict_original, type_original, attack, source_ip, destination_ip,
             row_hash, changed_at, revisions, gone_at
         from archived_tickets where team = $1 and ticket_id in ({})",
        placeholders(2, ids.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(archive.0);
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows: Vec<StoredTicket> = query.fetch_all(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.ticket_id.clone(), row))
        .collect())
}

async fn insert(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (id, ticket): (&str, &Ticket),
    server_names: &str,
    (now, changed): (i64, i64),
) -> Result<(), Error> {
    let (detected, detected_original) = archived_time(ticket.detected.as_ref());
    // Places of tickets are unique among all teams.
    let identity = format!("{}/{id}", archive.0);
    let place = free_place(tx, "archived_tickets", None, detected, &identity).await?;
    sqlx::query(
        "insert into archived_tickets (place, team, ticket_id, detected_at, detected_original, name,
             status, status_original, verdict, verdict_original, type, type_original, attack,
             source_ip, source_key, destination_ip, destination_key, row_hash, first_seen_at,
             changed_at, checked_at, parts_due_at, server_names)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $19, $19, $21)",
    )
    .bind(place)
    .bind(archive.0)
    .bind(id)
    .bind(detected)
    .bind(detected_original.map(storable))
    .bind(ticket.name.as_deref().map(storable))
    .bind(code(ticket.status.as_ref()))
    .bind(original(ticket.status.as_ref()))
    .bind(code(ticket.verdict.as_ref()))
    .bind(original(ticket.verdict.as_ref()))
    .bind(code(ticket.kind.as_ref()))
    .bind(original(ticket.kind.as_ref()))
    .bind(ticket.attack.as_deref().map(storable))
    .bind(ticket.source_ip.as_deref().map(storable))
    .bind(address_key(ticket.source_ip.as_deref()))
    .bind(ticket.destination_ip.as_deref().map(storable))
    .bind(address_key(ticket.destination_ip.as_deref()))
    .bind(ticket.row_hash())
    .bind(now)
    .bind(changed)
    .bind(server_names)
    .execute(&mut **tx)
    .await?;
    index_row(tx, archive, (id, place), ticket, server_names, &[]).await
}

async fn revise(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    stored: &StoredTicket,
    ticket: &Ticket,
    server_names: &str,
    now: i64,
) -> Result<(), Error> {
    let revision = Revision {
        kind: "tickets",
        row_id: &stored.ticket_id,
        number: stored.revisions + 1,
        seen_at: stored.changed_at,
        content: before(stored, ticket),
    };
    record_revision(tx, archive, &revision, now).await?;
    let (detected, detected_original) = archived_time(ticket.detected.as_ref());
    sqlx::query(
        "update archived_tickets set detected_at = $1, detected_original = $2, name = $3, status = $4,
             status_original = $5, verdict = $6, verdict_original = $7, type = $8, type_original = $9,
             attack = $10, source_ip = $11, source_key = $12, destination_ip = $13,
             destination_key = $14, row_hash = $15, changed_at = $16, checked_at = $16,
             parts_due_at = $16, parts_failures = 0, revisions = $17, missing_at = null,
             gone_at = null, server_names = $18
         where place = $19",
    )
    .bind(detected)
    .bind(detected_original.map(storable))
    .bind(ticket.name.as_deref().map(storable))
    .bind(code(ticket.status.as_ref()))
    .bind(original(ticket.status.as_ref()))
    .bind(code(ticket.verdict.as_ref()))
    .bind(original(ticket.verdict.as_ref()))
    .bind(code(ticket.kind.as_ref()))
    .bind(original(ticket.kind.as_ref()))
    .bind(ticket.attack.as_deref().map(storable))
    .bind(ticket.source_ip.as_deref().map(storable))
    .bind(address_key(ticket.source_ip.as_deref()))
    .bind(ticket.destination_ip.as_deref().map(storable))
    .bind(address_key(ticket.destination_ip.as_deref()))
    .bind(ticket.row_hash())
    .bind(now)
    .bind(revision.number)
    .bind(server_names)
    .bind(stored.place)
    .execute(&mut **tx)
    .await?;
    let parts = stored_parts(tx, stored.place).await?;
    let row = (stored.ticket_id.as_str(), stored.place);
    index_row(tx, archive, row, ticket, server_names, &parts).await
}

async fn index_row(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (ticket_id, place): (&str, i64),
    ticket: &Ticket,
    server_names: &str,
    parts: &[ArchivedPart],
) -> Result<(), Error> {
    let texts = TicketTexts {
        team: archive.0,
        place,
        ticket_id,
        name: ticket.name.as_deref(),
        attack: ticket.attack.as_deref(),
        source_ip: ticket.source_ip.as_deref(),
        destination_ip: ticket.destination_ip.as_deref(),
        server_names,
        parts,
    };
    index_ticket(tx, texts).await
}

/// The fields that have changed, as they were.
fn before(stored: &StoredTicket, ticket: &Ticket) -> serde_json::Value {
    let (detected, detected_original) = archived_time(ticket.detected.as_ref());
    let term = |term: Option<&VendorTerm>| original(term);
    let text = |text: &Option<String>| text.as_deref().map(storable);
    let fields = [
        ("name", &stored.name, text(&ticket.name)),
        (
            "status",
            &stored.status_original,
            term(ticket.status.as_ref()),
        ),
        (
            "verdict",
            &stored.verdict_original,
            term(ticket.verdict.as_ref()),
        ),
        ("type", &stored.type_original, term(ticket.kind.as_ref())),
        ("attack", &stored.attack, text(&ticket.attack)),
        ("source_ip", &stored.source_ip, text(&ticket.source_ip)),
        (
            "destination_ip",
            &stored.destination_ip,
            text(&ticket.destination_ip),
        ),
    ];
    let mut content = serde_json::Map::new();
    for (field, old, new) in fields {
        if *old != new {
            content.insert(field.to_owned(), old.clone().into());
        }
    }
    let is_new_time =
        stored.detected_at != detected || stored.detected_original.as_deref() != detected_original;
    if is_new_time {
        let old = stored.detected_original.clone().map_or_else(
            || serde_json::Value::from(stored.detected_at),
            serde_json::Value::from,
        );
        content.insert("detected".to_owned(), old);
    }
    content.into()
}

/// The filters' code of a word, `''` for one that no guide lists.
pub(super) fn code(term: Option<&VendorTerm>) -> &'static str {
    term.and_then(VendorTerm::filter_code).unwrap_or_default()
}

pub(super) fn original(term: Option<&VendorTerm>) -> Option<String> {
    term.map(|term| storable(term.original()))
}

/// `''` for what is no address.
pub(super) fn address_key(text: Option<&str>) -> String {
    let key = text.and_then(|text| AddressKey::parse(text).ok());
    key.map_or_else(String::new, |key| key.as_str().to_owned())
}
