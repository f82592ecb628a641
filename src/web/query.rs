//! Lenient query parameters: unknown ones are ignored, and free text is bounded, since links repeat it.

use std::{collections::HashMap, convert::Infallible, fmt, ops::Deref};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::{
    Deserialize,
    de::{DeserializeOwned, value::MapDeserializer},
};

/// Free text of an address, such as a search: trimmed, and cut to [`Self::MAX_LENGTH`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct QueryText {
    text: String,
    is_cut: bool,
}

impl QueryText {
    /// In characters.
    pub const MAX_LENGTH: usize = 200;

    /// Whether the text was longer.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

impl From<String> for QueryText {
    fn from(said: String) -> Self {
        let said = said.trim();
        let cut = said.char_indices().nth(Self::MAX_LENGTH);
        let text = cut.map_or(said, |(end, _)| said[..end].trim_end());
        Self {
            text: text.to_owned(),
            is_cut: cut.is_some(),
        }
    }
}

impl Deref for QueryText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for QueryText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A query as `T`, whose fields are texts with a default. The last of repeated parameters counts; no query is an error.
#[derive(Debug)]
pub struct LenientQuery<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Default> FromRequestParts<S> for LenientQuery<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(parts.uri.query().unwrap_or_default())))
    }
}

/// Reads a query as [`LenientQuery`] does.
#[must_use]
pub fn read<T: DeserializeOwned + Default>(query: &str) -> T {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let last_said: HashMap<String, String> = pairs.into_owned().collect();
    let fields = MapDeserializer::<_, serde::de::value::Error>::new(last_said.into_iter());
    T::deserialize(fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Params {
        q: String,
        page: String,
    }

    #[test]
    fn malformed_query_yields_defaults() {
        let params = |q: &str, page: &str| Params {
            q: q.to_owned(),
            page: page.to_owned(),
        };
        assert_eq!(read::<Params>("q=a&q=b&page=2&x"), params("b", "2"));
        assert_eq!(read::<Params>("q=%EA%B0%80+%FF"), params("가 \u{fffd}", ""));
        assert_eq!(read::<Params>("&&=&%"), params("", ""));
    }

    #[test]
    fn text_is_truncated_at_its_limit() {
        let text = |said: String| QueryText::from(said);
        assert_eq!(&*text(" 웹 서버 ".to_owned()), "웹 서버");
        assert_eq!(&*text(" ".repeat(60_000)), "");
        let longest = text("서".repeat(200));
        assert!(!longest.is_cut());
        let cut = text("서".repeat(60_000));
        assert!(cut.is_cut());
        assert_eq!(*cut, *longest);
    }
}
