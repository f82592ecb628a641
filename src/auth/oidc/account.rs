//! The portal's user of a person at the provider.

use crate::{
    model::{MAX_NAME, User, Username, has_visible_text, is_unseen},
    store::{AuditRecord, Error, Identity, NewUser, Store},
};

use super::{Oidc, ProviderUser};

/// Usernames that are tried with a number.
const MAX_NAMES: u32 = 50;

impl ProviderUser {
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
            name: short(self.shown()),
        }
    }
}

impl Oidc {
    /// The user that the identity is linked with; a new one at the first sign-in, if the settings allow it. An existing
    /// user is never taken over by name.
    pub async fn user(
        &self,
        store: &Store,
        person: &ProviderUser,
        by: &AuditRecord,
    ) -> Result<Option<User>, Error> {
        let known = store.user_by_identity(&person.issuer, &person.subject);
        if let Some(user) = known.await? {
            return Ok(Some(user));
        }
        if !self.0.settings.creates_users {
            return Ok(None);
        }
        for username in usernames(person) {
            let user = NewUser {
                display_name: display_name(person, &username),
                username,
                site_admin: false,
                members: Vec::new(),
                password_hash: String::new(),
            };
            let identity = person.identity();
            match store.add_user_with_identity(&user, &identity, by).await {
                // The name is taken, or another tab added the same identity.
                Ok(_) | Err(Error::Taken) => {}
                Err(error) => return Err(error),
            }
            let known = store.user_by_identity(&person.issuer, &person.subject);
            if let Some(user) = known.await? {
                return Ok(Some(user));
            }
        }
        tracing::warn!("cannot add a user: all candidate usernames are taken");
        Ok(None)
    }
}

/// Candidate usernames, the best first.
fn usernames(person: &ProviderUser) -> impl Iterator<Item = Username> {
    let email = person.email.as_deref();
    let local_part = email.and_then(|email| email.split('@').next());
    let names = [person.username.as_deref(), local_part];
    let best = names.into_iter().flatten().find_map(clean);
    let best = best.unwrap_or_else(|| "user".to_owned());
    let numbered = (2..=MAX_NAMES).map({
        let best = best.clone();
        move |number| format!("{best}-{number}")
    });
    std::iter::once(best)
        .chain(numbered)
        .filter_map(|name| name.parse().ok())
}

/// Replaces characters that are invalid in a username, and leaves room for a number at the end.
fn clean(name: &str) -> Option<String> {
    let name = name.trim().to_lowercase();
    let name: String = name
        .chars()
        .map(|c| if Username::allows(c) { c } else { '.' })
        .take(60)
        .collect();
    let name = name.trim_matches('.');
    let name = name.trim_start_matches(|c| !Username::may_begin(c));
    (!name.is_empty()).then(|| name.to_owned())
}

fn display_name(person: &ProviderUser, username: &Username) -> String {
    let name = person.display_name.as_deref().map(short);
    name.filter(|name| has_visible_text(name))
        .unwrap_or_else(|| username.to_string())
}

/// One line that is not too long.
fn short(name: &str) -> String {
    let line = name.split(|c: char| is_unseen(c) || c.is_whitespace());
    let words: Vec<&str> = line.filter(|line| !line.is_empty()).collect();
    words.join(" ").chars().take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(username: Option<&str>, email: Option<&str>) -> ProviderUser {
        ProviderUser {
            issuer: "https://issuer.example".to_owned(),
            subject: "1".to_owned(),
            username: username.map(str::to_owned),
            email: email.map(str::to_owned),
            display_name: None,
            groups: None,
            id_token: String::new().into(),
        }
    }

    #[test]
    fn new_user_is_named_as_the_provider_says() {
        for (username, email, expected) in [
            (Some("Kim"), Some("x@example.com"), "kim"),
            (Some(" CORP\\김 철수 "), None, "corp.김.철수"),
            (Some("///"), Some("Lee.J+x@example.com"), "lee.j+x"),
            (None, Some("@"), "user"),
            (None, None, "user"),
        ] {
            let names: Vec<_> = usernames(&person(username, email)).take(2).collect();
            assert_eq!(names[0].as_str(), expected);
            assert_eq!(names[1].as_str(), format!("{expected}-2"));
        }
        let long = "x".repeat(500);
        assert_eq!(usernames(&person(Some(&long), None)).count(), 50);
    }

    #[test]
    fn display_name_is_one_line() {
        assert_eq!(short("  Kim\n\u{7}Chul  Soo "), "Kim Chul Soo");
        assert_eq!(short(&"가".repeat(200)).chars().count(), MAX_NAME);
    }
}
