//! The rows of the tables in a ticket's analysis, and the events that they stand for.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{Event, TeamId, vocabulary},
    store::{Error, Store},
};

use super::tickets::{term, timestamp};

/// A row of an analysis.
#[derive(Debug, Clone)]
pub struct ArchivedAttack {
    /// The part of the ticket that holds the table.
    pub part: String,
    /// What the row tells, at the time at which it ended.
    pub event: Event,
    /// A code, or the name as written; events do not have it.
    pub source_country: Option<String>,
    pub pattern: Option<String>,
    /// How many attacks the row counts.
    pub attacks: Option<i64>,
    /// Archived events of the same second, addresses and port.
    pub archived_events: i64,
}

impl Store {
    /// The rows of the tables in a ticket's analysis, in their order.
    pub async fn ticket_attacks(
        &self,
        team: &TeamId,
        place: i64,
    ) -> Result<Vec<ArchivedAttack>, Error> {
        let Some(team) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        // A place begins with its second.
        let rows = sqlx::query(
            "select r.part, r.name, r.ended_at, r.ended_original, r.severity_original, r.source_ip, r.source_country,
                 cast(r.source_port as text) as source_port, r.destination_ip,
                 cast(r.destination_port as text) as destination_port, r.destination_country,
                 r.direction_original, r.pattern, r.events,
                 (select count(*) from archived_events e where e.team = r.team
                    and e.place >= (r.ended_at / 1000) << 30 and e.place < (r.ended_at / 1000 + 1) << 30
                    and e.source_key = r.source_key and e.destination_key = r.destination_key
                    and e.destination_port = r.destination_port) as archived_events
             from analysis_rows r where r.place = $1 and r.team = $2 order by r.part, r.position",
        )
        .bind(place)
        .bind(team)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read_attack).collect()
    }
}

fn read_attack(row: &AnyRow) -> Result<ArchivedAttack, Error> {
    Ok(ArchivedAttack {
        part: row.try_get("part")?,
        event: Event {
            detected: timestamp(row, "ended_at", "ended_original")?,
            severity: term(row, "severity_original", &vocabulary::SEVERITY)?,
            name: row.try_get("name")?,
            source_ip: row.try_get("source_ip")?,
            source_port: row.try_get("source_port")?,
            destination_ip: row.try_get("destination_ip")?,
            destination_port: row.try_get("destination_port")?,
            destination_country: row.try_get("destination_country")?,
            direction: term(row, "direction_original", &vocabulary::DIRECTION)?,
        },
        source_country: row.try_get("source_country")?,
        pattern: row.try_get("pattern")?,
        attacks: row.try_get("events")?,
        archived_events: row.try_get("archived_events")?,
    })
}
