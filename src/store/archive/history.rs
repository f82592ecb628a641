//! Archived history of control: pages of the list.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{ArchiveKind, Field, HistoryEntry, KstDateTime, vocabulary},
    store::{Error, read_time},
};

use super::{
    list::ArchiveRow,
    tickets::{term, time, timestamp},
};

/// A row of the list of archived history.
#[derive(Debug, Clone)]
pub struct ArchivedHistory {
    /// The cursor of the row.
    pub place: i64,
    /// As the source listed it last.
    pub entry: HistoryEntry,
    pub first_seen: KstDateTime,
    /// Since when the source does not list it any more.
    pub gone: Option<KstDateTime>,
}

impl AsRef<HistoryEntry> for ArchivedHistory {
    fn as_ref(&self) -> &HistoryEntry {
        &self.entry
    }
}

impl ArchiveRow for ArchivedHistory {
    const KIND: ArchiveKind = ArchiveKind::History;
    const TABLE: &'static str = "archived_history";
    const COLUMNS: &'static str = "t.place, t.history_id, t.registered_at, t.registered_original, t.type_original, t.status_original,
         t.reason_original, t.contents, t.names, t.meter_original, t.first_seen_at, t.gone_at";

    fn sort(column: &str) -> Option<&'static str> {
        Some(match column {
            "type" => "t.type",
            "status" => "t.status",
            _ => return None,
        })
    }

    fn facet(field: Field) -> Option<&'static str> {
        Some(match field {
            Field::Type => "t.type",
            _ => return None,
        })
    }

    fn read(row: &AnyRow) -> Result<Self, Error> {
        let id: String = row.try_get("history_id")?;
        let names: String = row.try_get("names")?;
        Ok(Self {
            place: row.try_get("place")?,
            entry: HistoryEntry {
                id: id.parse().ok(),
                registered: timestamp(row, "registered_at", "registered_original")?,
                kind: term(row, "type_original", &vocabulary::CHANGE_KIND)?,
                status: term(row, "status_original", &vocabulary::CHANGE_STATUS)?,
                reason: term(row, "reason_original", &vocabulary::CHANGE_REASON)?,
                contents: row.try_get("contents")?,
                names: names.lines().map(str::to_owned).collect(),
                meter: term(row, "meter_original", &vocabulary::METER)?,
            },
            first_seen: read_time(row.try_get("first_seen_at")?)?,
            gone: time(row, "gone_at")?,
        })
    }
}
