//! Rows of the history: added, seen again, or seen changed.

use std::collections::{HashMap, HashSet};

use sqlx::AssertSqlSafe;

use crate::{
    model::{HistoryEntry, ServerId, archived_time, normalize},
    store::{Error, Tx, storable},
};

use super::{
    places::{free_place, placeholders},
    progress::{ArchiveId, PageNews},
    retention::retained_since,
    revisions::{Revision, record_revision},
    ticket_rows::{code, oldest, original, touch},
};

#[derive(sqlx::FromRow)]
struct StoredEntry {
    place: i64,
    history_id: String,
    type_original: Option<String>,
    status_original: Option<String>,
    reason_original: Option<String>,
    contents: Option<String>,
    names: String,
    meter_original: Option<String>,
    row_hash: String,
    changed_at: i64,
    revisions: i64,
    gone_at: Option<i64>,
}

/// Stores the rows of one page.
pub(super) async fn record_history(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    entries: &[HistoryEntry],
    now: i64,
) -> Result<PageNews, Error> {
    let mut news = PageNews {
        oldest: oldest(entries.iter().map(|entry| entry.registered.as_ref())),
        ..PageNews::default()
    };
    let stored = stored_entries(tx, archive, entries).await?;
    let since = retained_since(&mut **tx, archive, now).await?;
    let mut met = HashSet::new();
    let mut unchanged = Vec::new();
    for entry in entries {
        let Some(id) = entry.id.as_ref().map(ServerId::as_str) else {
            news.unidentified += 1;
            continue;
        };
        if !met.insert(id) {
            continue;
        }
        let Some(stored) = stored.get(id) else {
            let registered = archived_time(entry.registered.as_ref()).0;
            if registered.is_some() && registered < since {
                news.unidentified += 1;
                continue;
            }
            let table = "archived_history";
            let place = free_place(tx, table, Some(archive.0), registered, id).await?;
            insert(tx, archive, (id, place), entry, now).await?;
            news.new += 1;
            continue;
        };
        news.returned += u32::from(stored.gone_at.is_some());
        if stored.row_hash == entry.row_hash() {
            unchanged.push(stored.place);
        } else {
            revise(tx, archive, stored, entry, now).await?;
            news.changed += 1;
        }
    }
    touch(tx, "archived_history", archive, &unchanged, now).await?;
    Ok(news)
}

async fn stored_entries(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    entries: &[HistoryEntry],
) -> Result<HashMap<String, StoredEntry>, Error> {
    let ids: Vec<_> = entries
        .iter()
        .filter_map(|entry| entry.id.as_ref())
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select place, history_id, type_original, status_original, reason_original, contents, names,
             meter_original, row_hash, changed_at, revisions, gone_at
         from archived_history where team = $1 and history_id in ({})",
        placeholders(2, ids.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(archive.0);
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows: Vec<StoredEntry> = query.fetch_all(&mut **tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.history_id.clone(), row))
        .collect())
}

async fn insert(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (id, place): (&str, i64),
    entry: &HistoryEntry,
    now: i64,
) -> Result<(), Error> {
    let (registered, registered_original) = archived_time(entry.registered.as_ref());
    sqlx::query(
        "insert into archived_history (team, place, history_id, registered_at, registered_original,
             type, type_original, status, status_original, reason, reason_original, contents, names,
             meter, meter_original, seek, row_hash, first_seen_at, changed_at, checked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $18, $18)",
    )
    .bind(archive.0)
    .bind(place)
    .bind(id)
    .bind(registered)
    .bind(registered_original.map(storable))
    .bind(code(entry.kind.as_ref()))
    .bind(original(entry.kind.as_ref()))
    .bind(code(entry.status.as_ref()))
    .bind(original(entry.status.as_ref()))
    .bind(code(entry.reason.as_ref()))
    .bind(original(entry.reason.as_ref()))
    .bind(entry.contents.as_deref().map(storable))
    .bind(names(entry))
    .bind(code(entry.meter.as_ref()))
    .bind(original(entry.meter.as_ref()))
    .bind(seek(id, entry))
    .bind(entry.row_hash())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn revise(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    stored: &StoredEntry,
    entry: &HistoryEntry,
    now: i64,
) -> Result<(), Error> {
    let revision = Revision {
        kind: "history",
        row_id: &stored.history_id,
        number: stored.revisions + 1,
        seen_at: stored.changed_at,
        content: before(stored, entry),
    };
    record_revision(tx, archive, &revision, now).await?;
    let (registered, registered_original) = archived_time(entry.registered.as_ref());
    sqlx::query(
        "update archived_history set registered_at = $1, registered_original = $2, type = $3,
             type_original = $4, status = $5, status_original = $6, reason = $7, reason_original = $8,
             contents = $9, names = $10, meter = $11, meter_original = $12, seek = $13,
             row_hash = $14, changed_at = $15, checked_at = $15, revisions = $16, missing_at = null,
             gone_at = null
         where team = $17 and place = $18",
    )
    .bind(registered)
    .bind(registered_original.map(storable))
    .bind(code(entry.kind.as_ref()))
    .bind(original(entry.kind.as_ref()))
    .bind(code(entry.status.as_ref()))
    .bind(original(entry.status.as_ref()))
    .bind(code(entry.reason.as_ref()))
    .bind(original(entry.reason.as_ref()))
    .bind(entry.contents.as_deref().map(storable))
    .bind(names(entry))
    .bind(code(entry.meter.as_ref()))
    .bind(original(entry.meter.as_ref()))
    .bind(seek(&stored.history_id, entry))
    .bind(entry.row_hash())
    .bind(now)
    .bind(revision.number)
    .bind(archive.0)
    .bind(stored.place)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The fields that have changed, as they were.
fn before(stored: &StoredEntry, entry: &HistoryEntry) -> serde_json::Value {
    let fields = [
        (
            "type",
            stored.type_original.clone(),
            original(entry.kind.as_ref()),
        ),
        (
            "status",
            stored.status_original.clone(),
            original(entry.status.as_ref()),
        ),
        (
            "reason",
            stored.reason_original.clone(),
            original(entry.reason.as_ref()),
        ),
        (
            "contents",
            stored.contents.clone(),
            entry.contents.as_deref().map(storable),
        ),
        ("names", Some(stored.names.clone()), Some(names(entry))),
        (
            "meter",
            stored.meter_original.clone(),
            original(entry.meter.as_ref()),
        ),
    ];
    let changed = fields.into_iter().filter(|(_, old, new)| old != new);
    let changed: serde_json::Map<_, _> = changed
        .map(|(field, old, _)| (field.to_owned(), old.into()))
        .collect();
    changed.into()
}

fn names(entry: &HistoryEntry) -> String {
    storable(&entry.names.join("\n"))
}

fn seek(id: &str, entry: &HistoryEntry) -> String {
    let contents = entry.contents.as_deref().unwrap_or_default();
    normalize(&storable(&format!(
        "{id}\n{contents}\n{}",
        entry.names.join("\n")
    )))
}
