//! The key of a team's Secmon service.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::ParseError;

/// An appKey: a bearer secret without expiry, so it prints as `…` everywhere.
#[derive(Clone)]
pub struct AppKey(SecretString);

impl AppKey {
    /// Parses a key without surrounding white space (a file ends with a line break).
    ///
    /// # Errors
    /// When it is empty, longer than 128 characters, or would need encoding in a URL.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ParseError("is empty"));
        }
        if text.len() > 128 {
            return Err(ParseError("is longer than 128 characters"));
        }
        let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
        if !text.chars().all(unreserved) || text.chars().all(|c| c == '.') {
            return Err(ParseError(
                "may hold only letters, digits and - _ . ~ (is this the appKey?)",
            ));
        }
        Ok(Self(SecretString::from(text.to_owned())))
    }

    /// For the URL of a call and for encryption at rest.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }

    /// Tells keys apart without telling them.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.expose_secret());
        URL_SAFE_NO_PAD.encode(&digest[..12])
    }

    /// The last four characters, and none of a key shorter than twelve.
    #[must_use]
    pub fn masked(&self) -> String {
        let key = self.expose_secret();
        let tail = if key.len() < 12 {
            ""
        } else {
            &key[key.len() - 4..]
        };
        format!("…{tail}")
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Display for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_never_prints() {
        let key = AppKey::parse(" AbCdEf0123456789 \n").expect("parses");
        assert_eq!(key.expose_secret(), "AbCdEf0123456789");
        assert_eq!(format!("{key} {key:?} {:?}", Some(&key)), "… … Some(…)");
        assert_eq!(key.masked(), "…6789");
        assert_eq!(AppKey::parse("short").expect("parses").masked(), "…");
    }

    #[test]
    fn key_is_refused_when_it_would_change_the_url() {
        for bad in [
            "",
            " ",
            "..",
            "a/b",
            "a b",
            "a?b",
            "키",
            "a%2fb",
            "a#b",
            &"x".repeat(129),
        ] {
            assert!(AppKey::parse(bad).is_err(), "{bad:?}");
        }
    }
}
