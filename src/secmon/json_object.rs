//! Lenient JSON: objects decoded field by field, so that a field of an unexpected type affects nothing else.
//!
//! Derived `Deserialize` refuses a whole answer for one field; the vendor warns that fields change
//! (docs/secmon-api.md, wire format rows 19 and 20), and a row must never be dropped.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::model::{ApiTimestamp, VendorTerm, Vocabulary};

/// A struct parsed from the known fields of a JSON object; a missing field keeps its default.
pub(super) trait FromFields<'a>: Default {
    fn set(&mut self, field: &str, value: JsonValue<'a>);
}

/// A JSON value as it was written: as an `f64`, an id of 20 digits would lose its last ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonValue<'a>(&'a RawValue);

impl<'a> JsonValue<'a> {
    pub fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// `None` for anything but an object.
    pub fn object<T: FromFields<'a>>(self) -> Option<T> {
        let object: Option<Object<T>> = serde_json::from_str(self.0.get()).ok();
        object.map(|object| object.0)
    }

    /// The rows of a list. A row of another type has no fields. `null` is an empty list; `None` is no list.
    pub fn rows<T: FromFields<'a>>(self) -> Option<Vec<T>> {
        // One pass over a list of objects.
        if let Ok(rows) = serde_json::from_str::<Vec<Object<T>>>(self.0.get()) {
            return Some(rows.into_iter().map(|row| row.0).collect());
        }
        let rows = self.elements()?.into_iter();
        Some(rows.map(|row| row.object().unwrap_or_default()).collect())
    }

    /// The texts of a list; any other value is its own only element.
    pub fn texts(self) -> Vec<Option<String>> {
        match self.elements() {
            Some(elements) => elements.into_iter().map(JsonValue::text).collect(),
            None => self.text().map(Some).into_iter().collect(),
        }
    }

    fn elements(self) -> Option<Vec<Self>> {
        let list: Option<Vec<&RawValue>> = serde_json::from_str(self.0.get()).ok()?;
        Some(list.unwrap_or_default().into_iter().map(Self).collect())
    }

    /// The content of a string, the JSON of anything else. `None` when nothing is visible.
    fn content(self) -> Option<Cow<'a, str>> {
        let json = self.0.get();
        let content = match json.as_bytes().first()? {
            b'n' => return None,
            b'"' if !json.contains('\\') => Cow::from(&json[1..json.len() - 1]),
            b'"' => serde_json::from_str(json).map_or(json.into(), |LossyText(text)| text),
            b'{' | b'[' => compact(json).into(),
            _ => json.into(),
        };
        (!content.trim().is_empty()).then_some(content)
    }

    pub fn is_visible(self) -> bool {
        self.content().is_some()
    }

    pub fn text(self) -> Option<String> {
        self.content().map(Cow::into_owned)
    }

    pub fn term(self, vocabulary: &Vocabulary) -> Option<VendorTerm> {
        self.content().map(|text| vocabulary.term(&text))
    }

    pub fn timestamp(self) -> Option<ApiTimestamp> {
        self.content().map(|text| ApiTimestamp::parse(&text))
    }

    /// `None` also for an id that is invalid in a URL.
    pub fn id<T: FromStr>(self) -> Option<T> {
        self.content()?.parse().ok()
    }

    pub fn count(self) -> Option<u64> {
        integer(&self.content()?)
    }

    /// A port as digits, whether written as `80`, `80.0` or `"80"`.
    pub fn port(self) -> Option<String> {
        let text = self.content()?;
        Some(integer(&text).map_or_else(|| text.into_owned(), |port| port.to_string()))
    }

    /// A boolean, also in quotes.
    pub fn flag(self) -> Option<bool> {
        self.content()?.trim().to_ascii_lowercase().parse().ok()
    }

    /// Whether there is a link.
    pub fn is_present(self) -> bool {
        self.content().is_some_and(|text| text != "false")
    }
}

/// A whole number, also with a fraction of zeros.
fn integer(text: &str) -> Option<u64> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_whole = fraction.bytes().all(|digit| digit == b'0');
    whole.parse().ok().filter(|_| is_whole)
}

/// JSON without white space between its tokens.
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

struct Object<T>(T);

impl<'de, T: FromFields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: FromFields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut object = T::default();
        while let Some((LossyText(field), value)) = fields.next_entry()? {
            object.set(&field, JsonValue(value));
        }
        Ok(Object(object))
    }
}

/// A JSON string with any content. Text that was cut within an emoji ends in half a surrogate pair, which serde's
/// `String` refuses; and `PostgreSQL` stores no NUL.
struct LossyText<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for LossyText<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(LossyTextVisitor)
    }
}

struct LossyTextVisitor;

impl<'de> Visitor<'de> for LossyTextVisitor {
    type Value = LossyText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(LossyText(without_nul(String::from_utf8_lossy(bytes))))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let text = without_nul(String::from_utf8_lossy(bytes)).into_owned();
        Ok(LossyText(text.into()))
    }
}

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str) -> JsonValue<'_> {
        JsonValue::parse(json).expect("is JSON")
    }

    #[derive(Default)]
    struct Named(Option<String>);

    impl FromFields<'_> for Named {
        fn set(&mut self, field: &str, value: JsonValue<'_>) {
            if field == "name" {
                self.0 = value.text();
            }
        }
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
            assert_eq!(value(json).text().as_deref(), Some(expected), "{json}");
        }
        for nothing in ["null", r#""""#, r#"" ""#] {
            assert_eq!(value(nothing).text(), None, "{nothing}");
        }
    }

    #[test]
    fn cut_text_keeps_its_beginning() {
        let shown = value(r#""before \ud83d""#).text().expect("text");
        assert!(shown.starts_with("before \u{fffd}"), "{shown}");
        let nul = value(r#""a\u0000b""#).text();
        assert_eq!(nul.as_deref(), Some("a\u{fffd}b"));
    }

    #[test]
    fn row_is_kept_when_it_is_odd() {
        let odd = r#"[null, 1, [], "text \ud83d", {"name": 7, "x\ud83d": {}, "name": "last"}]"#;
        let rows: Vec<Named> = value(odd).rows().expect("is a list");
        let names: Vec<_> = rows.iter().map(|row| row.0.as_deref()).collect();
        assert_eq!(names, [None, None, None, None, Some("last")]);
    }

    #[test]
    fn port_is_digits_in_every_notation() {
        for written in ["80", "80.0", r#""80""#, r#"" 80.00 ""#] {
            assert_eq!(value(written).port().as_deref(), Some("80"), "{written}");
        }
        for (written, shown) in [("80.5", "80.5"), (r#""any""#, "any"), ("-1", "-1")] {
            assert_eq!(value(written).port().as_deref(), Some(shown));
        }
    }
}
