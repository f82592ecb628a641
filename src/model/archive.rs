//! Identity of archived rows, and the schedule of their rereads.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::{ApiTimestamp, Event, HistoryEntry, Ticket, VendorTerm};

/// Kinds of archived rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveKind {
    Tickets,
    Events,
    History,
}

impl ArchiveKind {
    pub const ALL: [Self; 3] = [Self::Tickets, Self::Events, Self::History];

    /// As it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Events => "events",
            Self::History => "history",
        }
    }
}

const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A window of events is read again at these ages: rows arrive late.
const WINDOW_AGES: [i64; 7] = [0, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY];

/// A ticket's parts are read again this long after the ticket changed: analyses are amended.
const PARTS_AGES: [i64; 4] = [HOUR, DAY, 7 * DAY, 30 * DAY];

/// When a window that ends at `end` is read again after `read`; milliseconds, as below.
#[must_use]
pub fn next_window_visit(end: i64, read: i64) -> Option<i64> {
    next_visit(&WINDOW_AGES, end, read)
}

/// When the parts of a ticket that changed at `changed` are read again after `read`.
#[must_use]
pub fn next_parts_visit(changed: i64, read: i64) -> Option<i64> {
    next_visit(&PARTS_AGES, changed, read)
}

fn next_visit(ages: &[i64], since: i64, read: i64) -> Option<i64> {
    let visits = ages.iter().map(|age| since.saturating_add(*age));
    visits.into_iter().find(|visit| *visit > read)
}

/// The bits of a place below the second.
const PLACE_BITS: u32 = 30;

/// Sort position: the row's second, then its identity. A row without a readable time sorts last.
#[must_use]
pub fn place(at: Option<i64>, identity: &[u8]) -> i64 {
    // 33 bits of seconds last beyond the year 2200 and keep the place positive.
    let second = at.unwrap_or(0).div_euclid(SECOND).clamp(0, (1 << 33) - 1);
    let digest = Sha256::digest(identity);
    let bits =
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> (32 - PLACE_BITS);
    (second << PLACE_BITS) | i64::from(bits)
}

/// The first place of a moment's second.
#[must_use]
pub fn first_place(at: i64) -> i64 {
    at.div_euclid(SECOND).clamp(0, (1 << 33) - 1) << PLACE_BITS
}

/// A time in milliseconds where it can be read, else as it was written.
#[must_use]
pub fn archived_time(at: Option<&ApiTimestamp>) -> (Option<i64>, Option<&str>) {
    match at {
        None => (None, None),
        Some(ApiTimestamp::At(at)) => (Some(at.millis()), None),
        Some(ApiTimestamp::AsWritten(text)) => (None, Some(text)),
    }
}

/// A hash over fields, with separators, and distinct for missing fields.
#[derive(Default)]
struct FieldHash(Sha256);

impl FieldHash {
    fn text(mut self, field: Option<&str>) -> Self {
        let field = field.map(str::as_bytes);
        let length = field.map_or(u64::MAX, |field| field.len() as u64);
        self.0.update(length.to_le_bytes());
        self.0.update(field.unwrap_or_default());
        self
    }

    fn time(self, at: Option<&ApiTimestamp>) -> Self {
        let (at, original) = archived_time(at);
        self.text(at.map(|at| at.to_string()).as_deref())
            .text(original)
    }

    /// A known word is the same in every edition's spelling.
    fn term(self, term: Option<&VendorTerm>) -> Self {
        self.text(term.map(|term| term.code().unwrap_or(term.original())))
    }

    /// 192 bits, so that an attacker cannot make two events collide.
    fn finish(self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0.finalize()[..24])
    }
}

impl Event {
    /// The event's identity: events have no id.
    #[must_use]
    pub fn identity(&self) -> String {
        FieldHash::default()
            .time(self.detected.as_ref())
            .term(self.severity.as_ref())
            .text(self.name.as_deref())
            .text(self.source_ip.as_deref())
            .text(self.source_port.as_deref())
            .text(self.destination_ip.as_deref())
            .text(self.destination_port.as_deref())
            .text(self.destination_country.as_deref())
            .term(self.direction.as_ref())
            .finish()
    }
}

impl Ticket {
    /// Changes with the row of the list.
    #[must_use]
    pub fn row_hash(&self) -> String {
        FieldHash::default()
            .time(self.detected.as_ref())
            .text(self.name.as_deref())
            .term(self.verdict.as_ref())
            .term(self.status.as_ref())
            .term(self.kind.as_ref())
            .text(self.attack.as_deref())
            .text(self.source_ip.as_deref())
            .text(self.destination_ip.as_deref())
            .finish()
    }
}

impl HistoryEntry {
    /// Changes with the row of the list.
    #[must_use]
    pub fn row_hash(&self) -> String {
        FieldHash::default()
            .time(self.registered.as_ref())
            .term(self.kind.as_ref())
            .term(self.status.as_ref())
            .term(self.reason.as_ref())
            .text(self.contents.as_deref())
            .text(Some(&self.names.join("\n")))
            .term(self.meter.as_ref())
            .finish()
    }
}

/// Changes with any of the parts, which come in a fixed order.
#[must_use]
pub fn parts_hash<'a>(raw: impl IntoIterator<Item = &'a str>) -> String {
    let parts = raw.into_iter();
    parts
        .fold(FieldHash::default(), |hash, part| hash.text(Some(part)))
        .finish()
}

impl VendorTerm {
    /// The word's name in filters, addresses and JSON; `None` for a word that no guide lists.
    #[must_use]
    pub fn filter_code(&self) -> Option<&'static str> {
        let code = self.code()?;
        let code = code.strip_prefix("word-").unwrap_or(code);
        Some(match code {
            "ticket-done" => "done",
            "ticket-waiting" => "waiting",
            "ticket-working" => "in-progress",
            "change-other" => "change",
            code => code
                .strip_prefix("severity-")
                .or_else(|| code.strip_prefix("change-"))
                .unwrap_or(code),
        })
    }
}

/// How severe, in order; 0 for a word that no guide lists.
#[must_use]
pub fn severity_level(code: &str) -> i64 {
    match code {
        "info" => 1,
        "low" => 2,
        "medium" => 3,
        "high" => 4,
        "critical" => 5,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{KstDateTime, vocabulary};

    use super::*;

    #[test]
    fn places_order_by_second_and_are_positive() {
        let at = |second: i64| place(Some(second * SECOND), b"a");
        assert!(at(0) >= 0 && at(1) > at(0) && at(4_000_000_000) > at(1));
        assert!(place(None, b"a") < at(1));
        assert_ne!(place(Some(0), b"a"), place(Some(0), b"b"));
        assert!(first_place(7000) <= at(7) && at(7) < first_place(8000));
    }

    #[test]
    fn window_is_read_again_until_a_month_has_passed() {
        let mut read = -5 * 60 * SECOND;
        let mut visits = Vec::new();
        while let Some(visit) = next_window_visit(0, read) {
            visits.push(visit);
            read = visit;
        }
        assert_eq!(visits, WINDOW_AGES);
        assert_eq!(next_window_visit(0, 2 * DAY), Some(3 * DAY));
    }

    #[test]
    fn filter_codes_are_those_of_the_interface() {
        let code =
            |vocabulary: &crate::model::Vocabulary, word: &str| vocabulary.term(word).filter_code();
        for (vocabulary, word, expected) in [
            (&vocabulary::TICKET_STATUS, "처리완료", "done"),
            (&vocabulary::TICKET_STATUS, "대기", "waiting"),
            (&vocabulary::TICKET_STATUS, "처리중", "in-progress"),
            (&vocabulary::VERDICT, "오탐", "false-positive"),
            (&vocabulary::TICKET_KIND, "침입탐지", "intrusion"),
            (&vocabulary::SEVERITY, "Critical", "critical"),
            (&vocabulary::DIRECTION, "Inbound", "inbound"),
            (&vocabulary::CHANGE_KIND, "해제", "release"),
            (&vocabulary::CHANGE_KIND, "변경", "change"),
        ] {
            assert_eq!(code(vocabulary, word), Some(expected));
        }
        assert_eq!(code(&vocabulary::VERDICT, "보류"), None);
    }

    #[test]
    fn event_identity_tells_fields_apart() {
        let event = |source: Option<&str>, destination: Option<&str>| Event {
            detected: Some(ApiTimestamp::At(KstDateTime::from_utc(
                chrono::DateTime::UNIX_EPOCH,
            ))),
            source_ip: source.map(str::to_owned),
            destination_ip: destination.map(str::to_owned),
            ..Event::default()
        };
        let all = [
            event(Some("a"), None).identity(),
            event(None, Some("a")).identity(),
            event(Some("a"), Some("")).identity(),
            event(None, None).identity(),
        ];
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(event(None, None).identity(), all[3]);
    }
}
