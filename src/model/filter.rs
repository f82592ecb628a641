//! Filter values of a list, as typed and as compared.

use super::{AddressRange, Field, KstDateTime, SearchTerms, ValueKind};

/// A query parameter and its meaning for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub field: Field,
    /// At least one: a row has to match one of them.
    pub values: Vec<FilterValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterValue {
    /// As links write it.
    pub text: String,
    pub operand: Operand,
}

/// The value compared with rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// The text itself.
    Text,
    Terms(SearchTerms),
    Time(KstDateTime),
    Address(AddressRange),
    Port(u16),
}

impl FilterValue {
    /// `None` for a value that the parameter does not know.
    pub(super) fn parse(kind: ValueKind, text: &str) -> Option<Self> {
        let (text, operand) = match kind {
            ValueKind::Code(codes) => (
                codes.contains(&text).then(|| text.to_owned())?,
                Operand::Text,
            ),
            ValueKind::Terms => (text.to_owned(), Operand::Terms(SearchTerms::parse(text))),
            // PostgreSQL holds no NUL, so nothing equals it.
            ValueKind::Text => (
                (!text.contains('\0')).then(|| text.to_owned())?,
                Operand::Text,
            ),
            ValueKind::Start => {
                let day = KstDateTime::parse_input(&format!("{text}T00:00:00"));
                let at = day.or_else(|_| KstDateTime::parse_input(text)).ok()?;
                (text.to_owned(), Operand::Time(at))
            }
            ValueKind::End => {
                let day = KstDateTime::parse_input(&format!("{text}T23:59:59"));
                let at = day.or_else(|_| KstDateTime::parse_end_input(text)).ok()?;
                (text.to_owned(), Operand::Time(at))
            }
            ValueKind::Address => {
                let range = AddressRange::parse(text).ok()?;
                (range.text().to_owned(), Operand::Address(range))
            }
            ValueKind::Port => {
                let port: u16 = text.parse().ok()?;
                (port.to_string(), Operand::Port(port))
            }
            ValueKind::Country => {
                let is_code = text.len() == 2 && text.bytes().all(|c| c.is_ascii_alphabetic());
                (is_code.then(|| text.to_ascii_uppercase())?, Operand::Text)
            }
        };
        Some(Self { text, operand })
    }
}
