//! What an address asks for, however it was written.

use std::{collections::HashMap, convert::Infallible};

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::{DeserializeOwned, value::MapDeserializer};

/// The query of an address as `T`, whose fields are texts with a default. A parameter that stands
/// there twice counts as it was said last, and an unknown one not at all: a nonsense address is
/// answered with a page.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Default> FromRequestParts<S> for Query<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(read(parts.uri.query().unwrap_or_default())))
    }
}

fn read<T: DeserializeOwned + Default>(query: &str) -> T {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let last_said: HashMap<String, String> = pairs.into_owned().collect();
    let fields = MapDeserializer::<_, serde::de::value::Error>::new(last_said.into_iter());
    T::deserialize(fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Asked {
        q: String,
        page: String,
    }

    #[test]
    fn a_nonsense_address_asks_for_something() {
        let asked = |q: &str, page: &str| Asked {
            q: q.to_owned(),
            page: page.to_owned(),
        };
        assert_eq!(read::<Asked>("q=a&q=b&page=2&x"), asked("b", "2"));
        assert_eq!(read::<Asked>("q=%EA%B0%80+%FF"), asked("가 \u{fffd}", ""));
        assert_eq!(read::<Asked>("&&=&%"), asked("", ""));
    }
}
