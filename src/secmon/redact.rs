//! Redacts secrets from messages of the API: hosts, the appKey, tokens.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use url::Url;

use crate::model::{ApiAccess, TokenCredentials, is_unseen};

/// Characters of a message on a page or in the log.
const MAX_MESSAGE: usize = 500;
const MAX_CODE: usize = 40;

/// The secrets of one team's calls, longest first: one can be part of another.
#[derive(Clone)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    pub fn new(access: &ApiAccess, urls: [&Url; 2]) -> Self {
        let mut known = vec![access.app_key.expose_secret().to_owned()];
        known.extend(access.token.iter().flat_map(credentials));
        known.extend(urls.into_iter().flat_map(hosts));
        Self::longest_first(known)
    }

    pub fn with_token(self, token: &str) -> Self {
        let token = std::iter::once(token.to_owned());
        Self::longest_first(self.0.into_iter().chain(token).collect())
    }

    fn longest_first(mut known: Vec<String>) -> Self {
        known.retain(|secret| !secret.is_empty());
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(known)
    }

    pub fn clean_message(&self, text: &str) -> Option<String> {
        self.clean(text, MAX_MESSAGE)
    }

    pub fn clean_code(&self, text: &str) -> Option<String> {
        self.clean(text, MAX_CODE)
    }

    /// Characters, then secrets, then length: only a whole secret is found.
    fn clean(&self, text: &str, max: usize) -> Option<String> {
        let mut text: String = text.chars().filter_map(visible).collect();
        for secret in &self.0 {
            text = remove(&text, secret);
        }
        let mut shown: String = text.trim().chars().take(max).collect();
        if text.trim().chars().nth(max).is_some() {
            shown.push('…');
        }
        (!shown.is_empty()).then_some(shown)
    }
}

fn credentials(token: &TokenCredentials) -> [String; 3] {
    let (id, secret) = (token.id(), token.expose_secret());
    let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
    [id.to_owned(), secret.to_owned(), pair]
}

/// The host, alone and with its port.
fn hosts(url: &Url) -> Vec<String> {
    let host = url.host_str().map(str::to_owned);
    let authority = Some(url.authority().to_owned());
    [host, authority].into_iter().flatten().collect()
}

/// Line breaks become spaces; control and bidirectional characters are dropped.
fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_unseen(c) => None,
        c => Some(c),
    }
}

/// Ignores case: a host may be echoed in any.
fn remove(text: &str, secret: &str) -> String {
    // ASCII lower case preserves every offset.
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in lower.match_indices(&secret) {
        left.push_str(&text[from..at]);
        left.push('…');
        from = at + found.len();
    }
    left.push_str(&text[from..]);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        Secrets::longest_first(vec!["KeyOfTheTeam".to_owned(), "api.example".to_owned()])
    }

    #[test]
    fn message_loses_secrets_and_control_characters() {
        let message =
            "no\r\nroute to https://API.example/v1.0/appkeys/KeyOfTheTeam/vm \u{1b}[31m\u{202e}!";
        let shown = secrets().clean_message(message).expect("something is left");
        assert_eq!(shown, "no  route to https://…/v1.0/appkeys/…/vm [31m!");
    }

    #[test]
    fn key_is_found_across_unseen_characters_and_the_limit() {
        let split = secrets().clean_message("KeyOf\u{0}The\u{200b}Team");
        assert_eq!(split.as_deref(), Some("…"));
        let late = format!("{}KeyOfTheTeam", "x".repeat(495));
        let shown = secrets().clean_message(&late).expect("something is left");
        assert!(!shown.contains("Key"), "{shown}");
    }

    #[test]
    fn message_is_cut_when_long_and_none_when_empty() {
        let shown = secrets().clean_message(&"가".repeat(600)).expect("text");
        assert_eq!(shown.chars().count(), MAX_MESSAGE + 1);
        assert_eq!(secrets().clean_message(" \u{7} "), None);
    }
}
