//! Claims of an ID token or a userinfo answer. Only the claims that are used are read.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::OidcError;

/// The claims by name, as the provider sent them.
#[derive(Debug, Clone)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Parses a JSON object.
    pub fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().map(Self)
    }

    /// A claim that decides about the sign-in: a text, absent, or an error.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, OidcError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(OidcError::WrongClaim(name)),
        }
    }

    /// The same for a list of texts. A single text is a list of one.
    pub fn texts(&self, name: &'static str) -> Result<Vec<&str>, OidcError> {
        match self.0.get(name) {
            Some(Value::Array(values)) => {
                let texts: Option<Vec<_>> = values.iter().map(Value::as_str).collect();
                texts.ok_or(OidcError::WrongClaim(name))
            }
            _ => Ok(self.text(name)?.into_iter().collect()),
        }
    }

    /// The same for a time in seconds since 1970, which may have a fraction.
    #[expect(clippy::cast_possible_truncation, reason = "a float saturates")]
    pub fn seconds(&self, name: &'static str) -> Result<Option<i64>, OidcError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let seconds = value.as_f64().ok_or(OidcError::WrongClaim(name))?;
                Ok(Some(seconds as i64))
            }
        }
    }

    /// A descriptive claim: anything but a text counts as absent.
    fn describing(&self, name: &str) -> Option<String> {
        let text = self.0.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A list of group names, or a single one.
    fn groups(&self, name: &str) -> Option<Vec<String>> {
        match self.0.get(name)? {
            Value::String(group) => Some(vec![group.clone()]),
            Value::Array(groups) => {
                let texts = groups.iter().filter_map(Value::as_str);
                Some(texts.map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}

/// The subject of verified claims.
#[derive(Debug)]
pub struct ProviderUser {
    /// Issuer and subject identify a person; names and mail addresses can be reassigned.
    pub issuer: String,
    pub subject: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub display_name: Option<String>,
    /// `None` when the provider sent no groups.
    pub groups: Option<Vec<String>>,
    /// `id_token_hint` of the sign-out.
    pub id_token: SecretString,
}

impl ProviderUser {
    pub(super) fn new(
        issuer: &str,
        subject: &str,
        claims: &Claims,
        groups_claim: &str,
        id_token: SecretString,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            username: claims.describing("preferred_username"),
            email: claims.describing("email"),
            display_name: claims.describing("name"),
            groups: claims.groups(groups_claim),
            id_token,
        }
    }

    /// Adds userinfo claims. Those of the ID token take precedence.
    pub(super) fn complete(&mut self, claims: &Claims, groups_claim: &str) {
        let describing = |name| move || claims.describing(name);
        self.username = (self.username.take()).or_else(describing("preferred_username"));
        self.email = self.email.take().or_else(describing("email"));
        self.display_name = self.display_name.take().or_else(describing("name"));
        self.groups = (self.groups.take()).or_else(|| claims.groups(groups_claim));
    }

    /// The display name.
    #[must_use]
    pub fn shown(&self) -> &str {
        let names = [&self.username, &self.email, &self.display_name];
        let name = names.into_iter().find_map(Option::as_deref);
        name.unwrap_or(&self.subject)
    }
}
