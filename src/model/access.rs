//! A team's credentials for the Secmon API.

use secrecy::{ExposeSecret as _, SecretString};

use super::{AppKey, ParseError, Region, TeamId};

/// Its secrets print as `…`.
#[derive(Debug, Clone)]
pub struct ApiAccess {
    /// Calls of one team share one limit.
    pub team: TeamId,
    pub region: Region,
    pub app_key: AppKey,
    /// For teams whose API requires an access token (docs/secmon-api.md, wire format row 3).
    pub token: Option<TokenCredentials>,
}

/// A User Access Key, which obtains access tokens.
#[derive(Clone)]
pub struct TokenCredentials {
    id: String,
    secret: SecretString,
}

impl TokenCredentials {
    /// Parses `id:secret`, the content of a token file.
    ///
    /// # Errors
    /// When a part is missing or holds spaces or control characters.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let (id, secret) = text
            .trim()
            .split_once(':')
            .ok_or(ParseError("must be id:secret"))?;
        let printable = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_graphic());
        if !printable(id) || !printable(secret) {
            return Err(ParseError("must be id:secret, without spaces"));
        }
        Ok(Self {
            id: id.to_owned(),
            secret: SecretString::from(secret.to_owned()),
        })
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The secret half, for the token request and for encryption at rest.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl std::fmt::Debug for TokenCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCredentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_credentials_are_two_printable_parts() {
        let read = TokenCredentials::parse("id-1:s3cret:with-colon\n").expect("parses");
        assert_eq!(
            (read.id(), read.expose_secret()),
            ("id-1", "s3cret:with-colon")
        );
        for bad in ["", "id", ":secret", "id:", "a b:c", "a:b\nc"] {
            assert!(TokenCredentials::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(format!("{read:?}"), "TokenCredentials(…)");
    }
}
