//! Settings of the client: base URLs and limits.

use std::time::Duration;

use url::Url;

use crate::model::{Clock, Region};

/// The base URL of each region's API.
#[derive(Clone)]
pub struct BaseUrls([Url; Region::ALL.len()]);

impl BaseUrls {
    pub fn new(base: impl FnMut(Region) -> Url) -> Self {
        Self(Region::ALL.map(base))
    }

    #[must_use]
    pub fn get(&self, region: Region) -> &Url {
        // `Region::ALL` lists the regions in the order of their declaration.
        &self.0[region as usize]
    }

    pub(super) fn all(&self) -> &[Url] {
        &self.0
    }
}

#[derive(Clone)]
pub struct Settings {
    pub bases: BaseUrls,
    /// The endpoint for access tokens.
    pub token_url: Url,
    /// Prefix of the token in `x-nhn-authorization`: nothing, or `Bearer ` with its space.
    pub token_prefix: String,
    /// Total timeout of one API call: permit, token, retries and body.
    pub timeout: Duration,
    /// The largest response, in bytes after decompression.
    pub max_body: usize,
    /// Concurrent calls of one team.
    pub calls_per_team: usize,
    /// Only for a `Retry-After` with a date in a response without `Date`.
    pub clock: Clock,
}

/// The vendor's public URLs and the documented defaults.
impl Default for Settings {
    fn default() -> Self {
        let constant = |text: &str| Url::parse(text).expect("a constant address parses");
        Self {
            bases: BaseUrls::new(|region| constant(region.public_url())),
            token_url: constant("https://oauth.api.nhncloudservice.com/oauth2/token/create"),
            token_prefix: String::new(),
            timeout: Duration::from_secs(10),
            max_body: 16 * 1024 * 1024,
            calls_per_team: 8,
            clock: Clock::system(),
        }
    }
}

/// Why the client cannot be built. It names no URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    #[error("the address of a region's API must start with http:// or https://")]
    Base,
    #[error("the address for access tokens must start with http:// or https://")]
    TokenUrl,
    #[error("the token prefix cannot stand in a header")]
    TokenPrefix,
    #[error("the HTTP client could not be set up")]
    Client,
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        if !self.bases.all().iter().all(web) {
            return Err(BuildError::Base);
        }
        if !web(&self.token_url) {
            return Err(BuildError::TokenUrl);
        }
        let printable = |c: char| c == ' ' || c.is_ascii_graphic();
        if !self.token_prefix.chars().all(printable) {
            return Err(BuildError::TokenPrefix);
        }
        Ok(())
    }
}
