//! Archived events: pages of the list.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{ArchiveKind, Event, Field, KstDateTime, vocabulary},
    store::{Error, read_time},
};

use super::{
    list::ArchiveRow,
    tickets::{term, timestamp},
};

/// A row of the list of archived events.
#[derive(Debug, Clone)]
pub struct ArchivedEvent {
    /// The cursor of the row.
    pub place: i64,
    pub event: Event,
    pub first_seen: KstDateTime,
}

impl AsRef<Event> for ArchivedEvent {
    fn as_ref(&self) -> &Event {
        &self.event
    }
}

impl ArchiveRow for ArchivedEvent {
    const KIND: ArchiveKind = ArchiveKind::Events;
    const TABLE: &'static str = "archived_events";
    const COLUMNS: &'static str = "t.place, t.detected_at, t.detected_original, t.severity_original,
         (select text from attack_names where attack_names.id = t.name_id) as name, t.source_ip,
         coalesce(cast(t.source_port as text), t.source_port_original) as source_port, t.destination_ip,
         coalesce(cast(t.destination_port as text), t.destination_port_original) as destination_port, t.country,
         t.direction_original, t.first_seen_at";

    fn sort(column: &str) -> Option<&'static str> {
        Some(match column {
            "severity" => "t.severity_level",
            "name" => {
                "coalesce((select text from attack_names where attack_names.id = t.name_id), '')"
            }
            "source" => "t.source_key",
            "destination" => "t.destination_key",
            "port" => "coalesce(t.destination_port, -1)",
            "country" => "coalesce(t.country, '')",
            "direction" => "t.direction",
            _ => return None,
        })
    }

    fn facet(field: Field) -> Option<&'static str> {
        Some(match field {
            Field::Severity => "t.severity",
            Field::Direction => "t.direction",
            Field::Country => "coalesce(t.country, '')",
            Field::Port => "coalesce(cast(t.destination_port as text), '')",
            _ => return None,
        })
    }

    fn read(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            place: row.try_get("place")?,
            event: Event {
                detected: timestamp(row, "detected_at", "detected_original")?,
                severity: term(row, "severity_original", &vocabulary::SEVERITY)?,
                name: row.try_get("name")?,
                source_ip: row.try_get("source_ip")?,
                source_port: row.try_get("source_port")?,
                destination_ip: row.try_get("destination_ip")?,
                destination_port: row.try_get("destination_port")?,
                destination_country: row.try_get("country")?,
                direction: term(row, "direction_original", &vocabulary::DIRECTION)?,
            },
            first_seen: read_time(row.try_get("first_seen_at")?)?,
        })
    }
}
