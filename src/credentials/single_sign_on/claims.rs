//! What a provider tells of somebody.

use std::collections::HashMap;

use openidconnect::{AdditionalClaims, LocalizedClaim, core::CoreGenderClaim};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) type IdTokenClaims = openidconnect::IdTokenClaims<OtherClaims, CoreGenderClaim>;
pub(super) type UserInfoClaims = openidconnect::UserInfoClaims<OtherClaims, CoreGenderClaim>;

/// Claims that the standard does not name: groups have no name of their own.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OtherClaims {
    #[serde(flatten)]
    all: HashMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

/// Somebody whom the provider knows.
#[derive(Debug)]
pub struct Person {
    /// Issuer and subject name a person; nothing else does, since names and addresses are given to others.
    pub issuer: String,
    pub subject: String,
    pub username: Option<String>,
    pub email: Option<String>,
    pub display_name: Option<String>,
    /// `None` when the provider did not tell.
    pub groups: Option<Vec<String>>,
    /// Tells the provider at the end whose session is over.
    pub id_token: SecretString,
}

impl Person {
    pub(super) fn new(claims: &IdTokenClaims, groups_claim: &str, id_token: SecretString) -> Self {
        Self {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            username: claims.preferred_username().map(|it| it.to_string()),
            email: claims.email().map(|it| it.to_string()),
            display_name: claims.name().and_then(plain),
            groups: groups(claims.additional_claims(), groups_claim),
            id_token,
        }
    }

    /// Does the provider have more to tell than stood in the ID token.
    pub(super) fn is_incomplete(&self, needs_groups: bool) -> bool {
        self.username.is_none()
            || self.display_name.is_none()
            || (needs_groups && self.groups.is_none())
    }

    /// What the ID token said stays.
    pub(super) fn complete(&mut self, claims: &UserInfoClaims, groups_claim: &str) {
        let username = || claims.preferred_username().map(|it| it.to_string());
        self.username = self.username.take().or_else(username);
        let email = || claims.email().map(|it| it.to_string());
        self.email = self.email.take().or_else(email);
        let name = || claims.name().and_then(plain);
        self.display_name = self.display_name.take().or_else(name);
        let groups = || groups(claims.additional_claims(), groups_claim);
        self.groups = self.groups.take().or_else(groups);
    }

    /// What people may call them.
    #[must_use]
    pub fn shown(&self) -> &str {
        let names = [&self.username, &self.email, &self.display_name];
        let name = names.into_iter().find_map(Option::as_deref);
        name.unwrap_or(&self.subject)
    }
}

/// A name without a language, or in whichever comes first.
fn plain<T: std::ops::Deref<Target = String>>(name: &LocalizedClaim<T>) -> Option<String> {
    let first = || name.iter().next().map(|(_, it)| it);
    name.get(None).or_else(first).map(|it| (**it).clone())
}

/// A list of texts, or one text.
fn groups(claims: &OtherClaims, name: &str) -> Option<Vec<String>> {
    match claims.all.get(name)? {
        Value::String(group) => Some(vec![group.clone()]),
        Value::Array(groups) => {
            let texts = groups.iter().filter_map(Value::as_str);
            Some(texts.map(str::to_owned).collect())
        }
        _ => None,
    }
}
