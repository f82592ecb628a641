//! Access tokens: asked for when needed, kept in memory until shortly before they expire.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::model::TokenCredentials;

use super::{
    error::Error,
    http::Http,
    json_object::{FromFields, JsonValue},
    redact::Secrets,
};

/// How long a token lives, by the vendor's documents, in seconds.
const MIN_LIFE: u64 = 60;
const MAX_LIFE: u64 = 86_400;
/// The answer is a few lines; a token itself has some hundred bytes.
const MAX_ANSWER: usize = 64 * 1024;

pub(super) struct Token {
    text: SecretString,
    /// A little before the vendor lets it expire, so that it still is good when it arrives.
    expires: Instant,
}

impl Token {
    pub fn expose_secret(&self) -> &str {
        self.text.expose_secret()
    }
}

/// Whoever holds the lock asks; the others wait for it and find the token there.
type Entry = tokio::sync::Mutex<Option<Arc<Token>>>;
/// A hash, so that a map of secrets is not kept for longer than the tokens live.
type Key = [u8; 32];

pub(super) struct Tokens {
    address: Url,
    entries: Mutex<HashMap<Key, Arc<Entry>>>,
}

impl Tokens {
    pub fn new(address: Url) -> Self {
        Self {
            address,
            entries: Mutex::default(),
        }
    }

    /// The kept token, or a new one.
    pub async fn get(
        &self,
        http: &Http,
        credentials: &TokenCredentials,
        deadline: Instant,
        secrets: Secrets,
    ) -> Result<Arc<Token>, Error> {
        let entry = self.entry(credentials);
        let mut kept = timeout_at(deadline, entry.lock())
            .await
            .map_err(|_| Error::TimedOut { sent: false })?;
        if let Some(token) = kept.as_ref().filter(|kept| kept.expires > Instant::now()) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.fetch(http, credentials, deadline, secrets).await?);
        *kept = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Drops a token that was refused, unless another call has replaced it already or is about to.
    pub async fn forget(
        &self,
        credentials: &TokenCredentials,
        refused: &Arc<Token>,
        deadline: Instant,
    ) {
        let entry = self.entry(credentials);
        let Ok(mut kept) = timeout_at(deadline, entry.lock()).await else {
            return;
        };
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, refused)) {
            *kept = None;
        }
    }

    fn entry(&self, credentials: &TokenCredentials) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(credentials);
        if !entries.contains_key(&key) {
            // Credentials that were replaced are asked for no more; their tokens leave with time.
            entries.retain(|_, entry| is_in_use(entry));
        }
        Arc::clone(entries.entry(key).or_default())
    }

    async fn fetch(
        &self,
        http: &Http,
        credentials: &TokenCredentials,
        deadline: Instant,
        secrets: Secrets,
    ) -> Result<Token, Error> {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = http
            .client(&self.address)
            .post(self.address.clone())
            .basic_auth(credentials.id(), Some(credentials.expose_secret()))
            .header(CONTENT_TYPE, form)
            .body("grant_type=client_credentials");
        let asked = Instant::now();
        let answer = http.send(request, MAX_ANSWER, deadline, secrets).await?;
        let answer: TokenAnswer = answer.success()?;
        let text = answer.access_token.ok_or(Error::UnexpectedResponse {
            what: "an answer without an access token",
        })?;
        let life = answer.expires_in.unwrap_or(MIN_LIFE);
        Ok(Token {
            text: SecretString::from(text),
            expires: asked + kept_for(life),
        })
    }
}

#[derive(Default)]
struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl FromFields<'_> for TokenAnswer {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "access_token" => self.access_token = value.text(),
            "expires_in" => self.expires_in = value.count(),
            _ => (),
        }
    }
}

/// Nine tenths of its life, and at least all but the last minute.
fn kept_for(expires_in: u64) -> Duration {
    let life = Duration::from_secs(expires_in.clamp(MIN_LIFE, MAX_LIFE));
    life.saturating_sub((life / 10).min(Duration::from_mins(1)))
}

fn is_in_use(entry: &Arc<Entry>) -> bool {
    let good = |kept: &Option<Arc<Token>>| {
        kept.as_ref()
            .is_some_and(|kept| kept.expires > Instant::now())
    };
    Arc::strong_count(entry) > 1 || entry.try_lock().map_or(true, |kept| good(&kept))
}

fn key(credentials: &TokenCredentials) -> Key {
    let mut hash = Sha256::new();
    // An id holds no colon: it ends at the first one when it is parsed.
    hash.update(credentials.id());
    hash.update(":");
    hash.update(credentials.expose_secret());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_until_shortly_before_it_expires() {
        for (expires_in, kept) in [
            (86_400, 86_340),
            (600, 540),
            (60, 54),
            (0, 54),
            (u64::MAX, 86_340),
        ] {
            assert_eq!(kept_for(expires_in).as_secs(), kept, "{expires_in}");
        }
    }
}
