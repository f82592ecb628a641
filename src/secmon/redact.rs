//! Cleans what the far side says of what it must not tell: addresses, the appKey, tokens.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use url::Url;

use crate::model::{ApiAccess, TokenCredentials, is_unseen};

/// A message is shown on a page and logged: no more than this many characters of it.
const MAX_MESSAGE: usize = 500;
const MAX_CODE: usize = 40;

/// What no text that leaves this module may hold.
#[derive(Clone)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// All that is known to calls of one team and to its requests for a token.
    pub fn of(access: &ApiAccess, addresses: [&Url; 2]) -> Self {
        let mut known = vec![access.app_key.expose_secret().to_owned()];
        known.extend(access.token.iter().flat_map(credentials));
        known.extend(addresses.into_iter().flat_map(address));
        Self::longest_first(known)
    }

    /// The same and an access token.
    pub fn and(self, token: &str) -> Self {
        let token = std::iter::once(token.to_owned());
        Self::longest_first(self.0.into_iter().chain(token).collect())
    }

    /// One secret can be part of another: `host` of `host:port`.
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

    /// Characters first, then secrets, then length: a secret must be whole to be found.
    fn clean(&self, text: &str, longest: usize) -> Option<String> {
        let mut text: String = text.chars().filter_map(visible).collect();
        for secret in &self.0 {
            text = without(&text, secret);
        }
        let mut shown: String = text.trim().chars().take(longest).collect();
        if text.trim().chars().nth(longest).is_some() {
            shown.push('…');
        }
        (!shown.is_empty()).then_some(shown)
    }
}

fn credentials(of: &TokenCredentials) -> [String; 3] {
    let pair = format!("{}:{}", of.id(), of.expose_secret());
    [
        of.id().to_owned(),
        of.expose_secret().to_owned(),
        BASE64_STANDARD.encode(pair),
    ]
}

/// The host, and the host with what stands around it.
fn address(url: &Url) -> Vec<String> {
    let host = url.host_str().map(str::to_owned);
    let authority = Some(url.authority().to_owned());
    [host, authority].into_iter().flatten().collect()
}

/// Line breaks become spaces; what steers a terminal or turns the direction of text is left out.
fn visible(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if is_unseen(c) => None,
        c => Some(c),
    }
}

/// Without regard to case: a host is echoed in any.
fn without(text: &str, secret: &str) -> String {
    // Lower-casing ASCII keeps every offset.
    let (seen, sought) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for (at, found) in seen.match_indices(&sought) {
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
    fn a_message_loses_secrets_and_what_steers_a_terminal() {
        let told =
            "no\r\nroute to https://API.example/v1.0/appkeys/KeyOfTheTeam/vm \u{1b}[31m\u{202e}!";
        let shown = secrets().clean_message(told).expect("something is left");
        assert_eq!(shown, "no  route to https://…/v1.0/appkeys/…/vm [31m!");
    }

    #[test]
    fn a_key_split_by_unseen_characters_or_by_the_length_limit_is_still_found() {
        let split = secrets().clean_message("KeyOf\u{0}The\u{200b}Team");
        assert_eq!(split.as_deref(), Some("…"));
        let late = format!("{}KeyOfTheTeam", "x".repeat(495));
        let shown = secrets().clean_message(&late).expect("something is left");
        assert!(!shown.contains("Key"), "{shown}");
    }

    #[test]
    fn a_long_message_is_cut_and_an_empty_one_is_none() {
        let shown = secrets().clean_message(&"가".repeat(600)).expect("text");
        assert_eq!(shown.chars().count(), MAX_MESSAGE + 1);
        assert_eq!(secrets().clean_message(" \u{7} "), None);
    }
}
