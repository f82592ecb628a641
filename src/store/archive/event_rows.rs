//! Events: rows without an id, told apart by their fields and by how often they repeat.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use sqlx::AssertSqlSafe;

use crate::{
    model::{ArchiveKind, Event, archived_time, normalize, severity_level},
    store::{Error, Tx, storable},
};

use super::{
    places::{free_place, placeholders},
    progress::{ArchiveId, PageNews, count_page},
    retention::retained_since,
    ticket_rows::{address_key, code, original},
};

/// How often each event of a reading was met, by its identity.
pub type EventTally = BTreeMap<String, u32>;

/// Stores the events of one page. Equal ones on one page are real repeats: a page is read at one moment.
pub(super) async fn record_events(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    events: &[Event],
    now: i64,
) -> Result<(), Error> {
    let mut met: BTreeMap<String, (u32, &Event)> = BTreeMap::new();
    let since = retained_since(&mut **tx, archive, now).await?;
    for event in events {
        let detected = archived_time(event.detected.as_ref()).0;
        if detected.is_some() && detected < since {
            continue;
        }
        met.entry(event.identity()).or_insert((0, event)).0 += 1;
    }
    let stored = stored_ordinals(tx, archive, met.keys()).await?;
    let mut new = 0;
    for (hash, (times, event)) in &met {
        let known = stored.get(hash).copied().unwrap_or(0);
        for ordinal in known + 1..=i64::from(*times) {
            insert(tx, archive, (hash, ordinal), event, now).await?;
            new += 1;
        }
    }
    count(tx, archive, new).await
}

/// Adds the repeats that stood on different pages of one whole reading.
pub(super) async fn raise_ordinals(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    tally: &EventTally,
    now: i64,
) -> Result<(), Error> {
    let repeated: Vec<_> = tally.iter().filter(|(_, times)| **times > 1).collect();
    let mut new = 0;
    for chunk in repeated.chunks(100) {
        let hashes = chunk.iter().map(|(hash, _)| *hash);
        let stored = stored_ordinals(tx, archive, hashes).await?;
        for (hash, times) in chunk {
            // Without a row, the team's retention has passed.
            let Some(known) = stored.get(*hash).copied() else {
                continue;
            };
            for ordinal in known + 1..=i64::from(**times) {
                repeat(tx, archive, (hash, ordinal), now).await?;
                new += 1;
            }
        }
    }
    count(tx, archive, new).await
}

async fn count(tx: &mut Tx<'_>, archive: ArchiveId, new: u32) -> Result<(), Error> {
    let news = PageNews {
        new,
        ..PageNews::default()
    };
    count_page(tx, archive, ArchiveKind::Events, news).await
}

/// How often each of these events is stored.
async fn stored_ordinals(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    hashes: impl ExactSizeIterator<Item = &String>,
) -> Result<HashMap<String, i64>, Error> {
    if hashes.len() == 0 {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "select hash, max(ordinal) from archived_events where team = $1 and hash in ({}) group by hash",
        placeholders(2, hashes.len())
    );
    let mut query = sqlx::query_as(AssertSqlSafe(sql)).bind(archive.0);
    for hash in hashes {
        query = query.bind(hash.as_str());
    }
    let rows: Vec<(String, i64)> = query.fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().collect())
}

async fn insert(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (hash, ordinal): (&str, i64),
    event: &Event,
    now: i64,
) -> Result<(), Error> {
    let (detected, detected_original) = archived_time(event.detected.as_ref());
    let place = event_place(tx, archive, (hash, ordinal), detected).await?;
    let name = match event.name.as_deref() {
        Some(name) => Some(attack_name(tx, name).await?),
        None => None,
    };
    let severity = code(event.severity.as_ref());
    let (source_port, source_port_original) = port(event.source_port.as_deref());
    let (destination_port, destination_port_original) = port(event.destination_port.as_deref());
    sqlx::query(
        "insert into archived_events (team, place, hash, ordinal, detected_at, detected_original,
             severity, severity_level, severity_original, name_id, source_ip, source_key, source_port,
             source_port_original, destination_ip, destination_key, destination_port,
             destination_port_original, country, direction, direction_original, first_seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22)",
    )
    .bind(archive.0)
    .bind(place)
    .bind(hash)
    .bind(ordinal)
    .bind(detected)
    .bind(detected_original.map(storable))
    .bind(severity)
    .bind(severity_level(severity))
    .bind(original(event.severity.as_ref()))
    .bind(name)
    .bind(event.source_ip.as_deref().map(storable))
    .bind(address_key(event.source_ip.as_deref()))
    .bind(source_port)
    .bind(source_port_original)
    .bind(event.destination_ip.as_deref().map(storable))
    .bind(address_key(event.destination_ip.as_deref()))
    .bind(destination_port)
    .bind(destination_port_original)
    .bind(event.destination_country.as_deref().map(storable))
    .bind(code(event.direction.as_ref()))
    .bind(original(event.direction.as_ref()))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Stores an event once more, that the source lists several times.
async fn repeat(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (hash, ordinal): (&str, i64),
    now: i64,
) -> Result<(), Error> {
    let first: Option<Option<i64>> = sqlx::query_scalar(
        "select detected_at from archived_events where team = $1 and hash = $2 and ordinal = 1",
    )
    .bind(archive.0)
    .bind(hash)
    .fetch_optional(&mut **tx)
    .await?;
    let place = event_place(tx, archive, (hash, ordinal), first.flatten()).await?;
    sqlx::query(
        "insert into archived_events (team, place, hash, ordinal, detected_at, detected_original,
             severity, severity_level, severity_original, name_id, source_ip, source_key, source_port,
             source_port_original, destination_ip, destination_key, destination_port,
             destination_port_original, country, direction, direction_original, first_seen_at)
         select team, $1, hash, $2, detected_at, detected_original,
             severity, severity_level, severity_original, name_id, source_ip, source_key, source_port,
             source_port_original, destination_ip, destination_key, destination_port,
             destination_port_original, country, direction, direction_original, $3
         from archived_events where team = $4 and hash = $5 and ordinal = 1",
    )
    .bind(place)
    .bind(ordinal)
    .bind(now)
    .bind(archive.0)
    .bind(hash)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn event_place(
    tx: &mut Tx<'_>,
    archive: ArchiveId,
    (hash, ordinal): (&str, i64),
    detected: Option<i64>,
) -> Result<i64, Error> {
    let identity = format!("{hash}/{ordinal}");
    free_place(tx, "archived_events", Some(archive.0), detected, &identity).await
}

/// The name's id in the dictionary, which follows from the name.
async fn attack_name(tx: &mut Tx<'_>, name: &str) -> Result<i64, Error> {
    let name = storable(name);
    let digest = Sha256::digest(&name);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    let id = i64::from_be_bytes(bytes) & i64::MAX;
    sqlx::query(
        "insert into attack_names (id, text, seek) values ($1, $2, $3) on conflict (id) do nothing",
    )
    .bind(id)
    .bind(&name)
    .bind(normalize(&name))
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// A port as a number, or as it was written.
fn port(text: Option<&str>) -> (Option<i64>, Option<String>) {
    match text.map(|text| (text, text.parse::<u16>())) {
        None => (None, None),
        Some((_, Ok(port))) => (Some(i64::from(port)), None),
        Some((text, Err(_))) => (None, Some(storable(text))),
    }
}
