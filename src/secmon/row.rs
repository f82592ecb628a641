//! A JSON object of the API, read field by field: a field of an unexpected type costs nothing else.
//!
//! Derived structs refuse a whole answer for one field; the vendor warns that fields change
//! (SECMON.md, wire format rows 19 and 20), and a row must never be dropped.

use std::{borrow::Cow, collections::HashMap, str::FromStr};

use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::value::RawValue;

use crate::model::{Moment, Word, Words};

/// Values stay as they were written: as an `f64` an id of 20 digits would lose its last ones.
#[derive(Default)]
pub(super) struct Row<'a>(HashMap<String, &'a RawValue>);

impl<'a> Row<'a> {
    pub fn of_object(value: &'a RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok().map(Self)
    }

    /// What is no object is a row without fields, and still a row.
    pub fn read(value: &'a RawValue) -> Self {
        Self::of_object(value).unwrap_or_default()
    }

    pub fn object(&self, field: &str) -> Option<Self> {
        Self::of_object(self.0.get(field)?)
    }

    /// `null` is an empty list; `None` when the field is missing or no list.
    pub fn list(&self, field: &str) -> Option<Vec<&'a RawValue>> {
        let value = self.0.get(field)?;
        let list: Option<Vec<&RawValue>> = serde_json::from_str(value.get()).ok()?;
        Some(list.unwrap_or_default())
    }

    pub fn text(&self, field: &str) -> Option<String> {
        self.0.get(field).and_then(|value| text_of(value))
    }

    pub fn word(&self, field: &str, words: &Words) -> Option<Word> {
        self.text(field).map(|text| words.read(text))
    }

    pub fn moment(&self, field: &str) -> Option<Moment> {
        self.text(field).map(Moment::read)
    }

    /// `None` also for what could not stand in an address.
    pub fn id<T: FromStr>(&self, field: &str) -> Option<T> {
        self.text(field)?.parse().ok()
    }

    pub fn count(&self, field: &str) -> Option<u64> {
        self.text(field)?.trim().parse().ok()
    }

    /// A flag, also one in quotes.
    pub fn flag(&self, field: &str) -> Option<bool> {
        self.text(field)?.trim().to_ascii_lowercase().parse().ok()
    }

    /// Is there something at all: for links, which are never looked into.
    pub fn present(&self, field: &str) -> bool {
        self.text(field).is_some_and(|text| text != "false")
    }
}

/// The text of any value: of a string what it says, of anything else its JSON. Nothing to see is `None`.
pub(super) fn text_of(value: &RawValue) -> Option<String> {
    let json = value.get();
    let text = match json.as_bytes().first()? {
        b'n' => return None,
        b'"' => serde_json::from_str(json).map_or_else(|_| json.to_owned(), |Lossy(text)| text),
        b'{' | b'[' => compact(json),
        _ => json.to_owned(),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// JSON without the white space between its parts; numbers stay as they were written.
fn compact(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    json.chars()
        .filter(|&c| {
            if quoted {
                quoted = escaped || c != '"';
                escaped = !escaped && c == '\\';
                return true;
            }
            quoted = c == '"';
            !c.is_ascii_whitespace()
        })
        .collect()
}

/// A JSON string, whatever is in it. A text that was cut in the middle of an emoji ends in half a
/// surrogate pair, which serde's `String` refuses; and `PostgreSQL` stores no NUL.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Lossy;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                let text = match String::from_utf8_lossy(bytes) {
                    text if text.contains('\0') => Cow::Owned(text.replace('\0', "\u{fffd}")),
                    text => text,
                };
                Ok(Lossy(text.into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Option<String> {
        let document = format!("{{\"field\": {json} }}");
        let value = serde_json::from_str(&document).expect("is JSON");
        Row::read(value).text("field")
    }

    #[test]
    fn every_value_has_its_text() {
        for (json, expected) in [
            (r#""a \"quoted\" \ud55c""#, r#"a "quoted" 한"#),
            ("98425190186514912345", "98425190186514912345"),
            ("80", "80"),
            ("true", "true"),
            (r#"{ "a b": [1, " \" { " ] }"#, r#"{"a b":[1," \" { "]}"#),
        ] {
            assert_eq!(text(json).as_deref(), Some(expected), "{json}");
        }
        for nothing in ["null", r#""""#, r#"" ""#] {
            assert_eq!(text(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_text_cut_within_a_character_keeps_the_rest() {
        let shown = text(r#""before \ud83d""#).expect("text");
        assert!(shown.starts_with("before \u{fffd}"), "{shown}");
        assert_eq!(text(r#""a\u0000b""#).as_deref(), Some("a\u{fffd}b"));
    }

    #[test]
    fn what_is_no_object_is_a_row_without_fields() {
        for json in ["null", "1", "[]", r#""text""#] {
            let value: &RawValue = serde_json::from_str(json).expect("is JSON");
            assert_eq!(Row::read(value).text("vmId"), None);
        }
    }
}
