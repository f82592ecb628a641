//! Access tokens: fetched when needed and cached in memory until shortly before they expire.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
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
    lock,
    redact::Secrets,
};

/// Lifetime of a token by the vendor's documents, in seconds.
const MIN_LIFETIME: u64 = 60;
const MAX_LIFETIME: u64 = 86_400;
/// A token has some hundred bytes.
const MAX_BODY: usize = 64 * 1024;

pub(super) struct Token {
    text: SecretString,
    /// Shortly before the vendor's own expiry, so that the token is still valid on arrival.
    expires: Instant,
}

impl Token {
    pub fn expose_secret(&self) -> &str {
        self.text.expose_secret()
    }

    fn is_valid(&self) -> bool {
        self.expires > Instant::now()
    }
}

/// The holder of the lock fetches; the others wait and find the token there.
type Entry = tokio::sync::Mutex<Option<Arc<Token>>>;
/// A hash, so that secrets do not outlive their token in a map.
pub(super) type CredentialsHash = [u8; 32];

pub(super) struct Tokens {
    url: Url,
    entries: Mutex<HashMap<CredentialsHash, Arc<Entry>>>,
}

impl Tokens {
    pub fn new(url: Url) -> Self {
        Self {
            url,
            entries: Mutex::default(),
        }
    }

    /// The cached token, or a new one.
    pub async fn get(
        &self,
        http: &Http,
        credentials: &TokenCredentials,
        deadline: Instant,
        secrets: Secrets,
    ) -> Result<Arc<Token>, Error> {
        let entry = self.entry(credentials);
        let mut cached = timeout_at(deadline, entry.lock())
            .await
            .map_err(|_| Error::TimedOut { sent: false })?;
        if let Some(token) = cached.as_ref().filter(|token| token.is_valid()) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.fetch(http, credentials, deadline, secrets).await?);
        *cached = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Drops a refused token, unless another call has replaced it.
    pub async fn forget(
        &self,
        credentials: &TokenCredentials,
        refused: &Arc<Token>,
        deadline: Instant,
    ) {
        let entry = self.entry(credentials);
        if let Ok(mut cached) = timeout_at(deadline, entry.lock()).await {
            cached.take_if(|token| Arc::ptr_eq(token, refused));
        }
    }

    fn entry(&self, credentials: &TokenCredentials) -> Arc<Entry> {
        let mut entries = lock(&self.entries);
        let key = hash(credentials);
        if !entries.contains_key(&key) {
            // Tokens of replaced credentials.
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
            .client(&self.url)
            .post(self.url.clone())
            .basic_auth(credentials.id(), Some(credentials.expose_secret()))
            .header(CONTENT_TYPE, form)
            .body("grant_type=client_credentials");
        let response = http.send(request, MAX_BODY, deadline, secrets).await?;
        let body: TokenBody = response.success()?;
        let text = body.access_token.ok_or(Error::UnexpectedResponse {
            what: "a response without an access token",
        })?;
        let lifetime = body.expires_in.unwrap_or(MIN_LIFETIME);
        Ok(Token {
            text: SecretString::from(text),
            expires: response.started + cache_duration(lifetime),
        })
    }
}

#[derive(Default)]
struct TokenBody {
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl FromFields<'_> for TokenBody {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "access_token" => self.access_token = value.text(),
            "expires_in" => self.expires_in = value.count(),
            _ => (),
        }
    }
}

/// All but the last tenth of its lifetime, which is at most a minute.
fn cache_duration(expires_in: u64) -> Duration {
    let lifetime = Duration::from_secs(expires_in.clamp(MIN_LIFETIME, MAX_LIFETIME));
    lifetime.saturating_sub((lifetime / 10).min(Duration::from_mins(1)))
}

fn is_in_use(entry: &Arc<Entry>) -> bool {
    let is_valid = |cached: Option<&Arc<Token>>| cached.is_some_and(|token| token.is_valid());
    Arc::strong_count(entry) > 1
        || entry
            .try_lock()
            .map_or(true, |cached| is_valid(cached.as_ref()))
}

pub(super) fn hash(credentials: &TokenCredentials) -> CredentialsHash {
    let mut hash = Sha256::new();
    // An id holds no colon.
    hash.update(credentials.id());
    hash.update(":");
    hash.update(credentials.expose_secret());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_cached_until_shortly_before_it_expires() {
        for (expires_in, seconds) in [
            (86_400, 86_340),
            (600, 540),
            (60, 54),
            (0, 54),
            (u64::MAX, 86_340),
        ] {
            assert_eq!(
                cache_duration(expires_in).as_secs(),
                seconds,
                "{expires_in}"
            );
        }
    }
}
