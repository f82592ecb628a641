//! The changes of a ticket that were seen, as its page tells them.

use chrono::DateTime;

use crate::{
    model::{KstDateTime, TicketDetail, Vocabulary, vocabulary},
    sanitizer::{SafeHtml, Sanitizer},
    store::{ArchivedTicket, SeenChange},
    web::{Error, Layout, Result},
};

/// A change that was seen.
pub(super) struct TimelineEntry {
    pub number: i64,
    pub at: KstDateTime,
    pub fields: Vec<FieldChange>,
    /// Parts as they were: the key of the title's message, and the sanitized text.
    pub parts: Vec<(&'static str, SafeHtml)>,
}

/// A field of the list's row that changed; an empty text for one that was missing.
pub(super) struct FieldChange {
    /// The key of its message.
    pub title: &'static str,
    pub before: String,
    pub after: String,
}

/// The row's fields by their names in a change: title, and the value that a later change or the row itself shows.
fn fields(row: &ArchivedTicket) -> [(&'static str, &'static str, Option<String>); 8] {
    let ticket = &row.ticket;
    let original = |term: &Option<crate::model::VendorTerm>| {
        term.as_ref().map(|term| term.original().to_owned())
    };
    let detected = ticket.detected.as_ref().map(|at| match at {
        crate::model::ApiTimestamp::At(at) => at.millis().to_string(),
        crate::model::ApiTimestamp::AsWritten(text) => text.clone(),
    });
    [
        ("detected", "ticket-detected", detected),
        ("name", "ticket-name", ticket.name.clone()),
        ("status", "ticket-status", original(&ticket.status)),
        ("verdict", "ticket-verdict", original(&ticket.verdict)),
        ("type", "ticket-kind", original(&ticket.kind)),
        ("attack", "ticket-attack", ticket.attack.clone()),
        ("source_ip", "source-ip", ticket.source_ip.clone()),
        (
            "destination_ip",
            "destination-ip",
            ticket.destination_ip.clone(),
        ),
    ]
}

/// The entries of changes, newest first as they are given.
pub(super) async fn entries(
    layout: &Layout,
    sanitizer: &Sanitizer,
    row: &ArchivedTicket,
    changes: Vec<SeenChange>,
) -> Result<Vec<TimelineEntry>> {
    let mut current = fields(row);
    let mut entries = Vec::new();
    for change in changes {
        let mut changed = Vec::new();
        for (name, title, value) in &mut current {
            let Some(before) = change.before.get(*name) else {
                continue;
            };
            let before = text_of(before);
            changed.push(FieldChange {
                title,
                before: shown(layout, name, before.as_deref()),
                after: shown(layout, name, value.as_deref()),
            });
            *value = before;
        }
        entries.push(TimelineEntry {
            number: change.number,
            at: change.at,
            fields: changed,
            parts: old_parts(sanitizer, &change.before).await?,
        });
    }
    Ok(entries)
}

fn text_of(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

/// A value as the list shows it.
fn shown(layout: &Layout, field: &str, value: Option<&str>) -> String {
    let Some(value) = value else {
        return String::new();
    };
    let word = |vocabulary: &Vocabulary| layout.word(&vocabulary.term(value)).to_owned();
    match field {
        "status" => word(&vocabulary::TICKET_STATUS),
        "verdict" => word(&vocabulary::VERDICT),
        "type" => word(&vocabulary::TICKET_KIND),
        "detected" => {
            let at = value.parse().ok().and_then(DateTime::from_timestamp_millis);
            at.map_or(value.to_owned(), |at| KstDateTime::from_utc(at).to_string())
        }
        _ => value.to_owned(),
    }
}

async fn old_parts(
    sanitizer: &Sanitizer,
    before: &serde_json::Value,
) -> Result<Vec<(&'static str, SafeHtml)>> {
    let Some(parts) = before.get("parts").and_then(serde_json::Value::as_object) else {
        return Ok(Vec::new());
    };
    let raw = |part: &str| parts.get(part)?.as_str().map(str::to_owned);
    let detail = TicketDetail {
        name: raw("name"),
        description: raw("description"),
        summary: raw("summary"),
        analysis: raw("analysis"),
        deep_analysis: raw("deep-analysis"),
    };
    let safe = sanitizer.ticket(detail).await.map_err(Error::internal)?;
    let all = [
        ("name", "ticket-name", &safe.name),
        ("description", "ticket-description", &safe.description),
        ("summary", "ticket-summary", &safe.summary),
        ("analysis", "ticket-analysis", &safe.analysis),
        ("deep-analysis", "ticket-deep-analysis", &safe.deep_analysis),
    ];
    let changed = all
        .into_iter()
        .filter(|(part, ..)| parts.contains_key(*part));
    Ok(changed
        .map(|(_, title, html)| (title, html.clone()))
        .collect())
}
