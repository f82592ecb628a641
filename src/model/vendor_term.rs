//! Terms of the API and their stable codes (docs/secmon-api.md).
//!
//! The portal filters, sorts and translates by the code. A term that no guide lists has none and is shown as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VendorTerm {
    original: String,
    code: Option<&'static str>,
}

impl VendorTerm {
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The key of its message in `locales/`, `word-…`.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.code
    }

    #[must_use]
    pub fn is(&self, code: &str) -> bool {
        self.code == Some(code)
    }
}

/// Codes, each with every spelling that an edition of the guide shows.
pub struct Vocabulary(&'static [(&'static str, &'static [&'static str])]);

impl Vocabulary {
    /// Ignores ASCII case and surrounding white space.
    #[must_use]
    pub fn term(&self, original: &str) -> VendorTerm {
        let is_spelling = |spelling: &&str| spelling.eq_ignore_ascii_case(original.trim());
        let mut entries = self.0.iter();
        let entry = entries.find(|(_, spellings)| spellings.iter().any(is_spelling));
        VendorTerm {
            original: original.to_owned(),
            code: entry.map(|(code, _)| *code),
        }
    }

    /// Every code, for the test that each has a message.
    pub fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(code, _)| *code)
    }
}

/// One vocabulary for each field.
pub mod vocabulary {
    use super::Vocabulary;

    pub const SERVICE_STATUS: Vocabulary = Vocabulary(&[
        ("word-not-monitored", &["미신청", "Unregistered", "未申請"]),
        (
            "word-waiting",
            &["접수대기", "Pending", "Applied", "受付待機"],
        ),
        (
            "word-monitored",
            &["진행중", "In progress", "In Service", "進行中"],
        ),
    ]);
    pub const CHANGE_STATUS: Vocabulary = Vocabulary(&[("word-received", &["접수"])]);
    pub const CHANGE_REASON: Vocabulary = Vocabulary(&[("word-user-request", &["사용자신청"])]);
    pub const CHANGE_KIND: Vocabulary = Vocabulary(&[
        ("word-change-new", &["신규"]),
        ("word-change-release", &["해제"]),
        ("word-change-other", &["변경"]),
    ]);
    pub const METER: Vocabulary =
        Vocabulary(&[("word-billed", &["YES"]), ("word-not-billed", &["NO"])]);
    pub const TICKET_STATUS: Vocabulary = Vocabulary(&[
        ("word-ticket-done", &["처리완료"]),
        ("word-ticket-waiting", &["대기"]),
        ("word-ticket-working", &["처리중"]),
    ]);
    pub const VERDICT: Vocabulary = Vocabulary(&[
        ("word-true-positive", &["정탐"]),
        ("word-false-positive", &["오탐"]),
    ]);
    pub const TICKET_KIND: Vocabulary = Vocabulary(&[
        ("word-incident", &["침해사고"]),
        ("word-intrusion", &["침입탐지"]),
    ]);
    pub const SEVERITY: Vocabulary = Vocabulary(&[
        ("word-severity-info", &["Info"]),
        ("word-severity-low", &["Low"]),
        ("word-severity-medium", &["Medium"]),
        ("word-severity-high", &["High"]),
        ("word-severity-critical", &["Critical"]),
    ]);
    pub const DIRECTION: Vocabulary = Vocabulary(&[
        ("word-inbound", &["Inbound"]),
        ("word-outbound", &["Outbound"]),
    ]);

    pub const ALL: [&Vocabulary; 10] = [
        &SERVICE_STATUS,
        &CHANGE_STATUS,
        &CHANGE_REASON,
        &CHANGE_KIND,
        &METER,
        &TICKET_STATUS,
        &VERDICT,
        &TICKET_KIND,
        &SEVERITY,
        &DIRECTION,
    ];
}

#[cfg(test)]
mod tests {
    use super::vocabulary::SERVICE_STATUS;

    #[test]
    fn spelling_of_every_edition_has_the_same_code() {
        for seen in ["접수대기", "Pending", "applied", " 受付待機 "] {
            assert!(SERVICE_STATUS.term(seen).is("word-waiting"));
        }
    }

    #[test]
    fn unknown_term_stays_as_it_came() {
        let word = SERVICE_STATUS.term("일시중지");
        assert_eq!((word.original(), word.code()), ("일시중지", None));
    }
}
