//! The provider's metadata and keys: fetched when first needed, and kept for a while.

use std::{
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Duration,
};

use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use url::Url;

use super::{
    OidcError,
    http::{Http, is_safe},
};

/// How long metadata is used before it is fetched again.
const MAX_AGE: Duration = Duration::from_hours(1);

/// Sign-out waits no longer for metadata.
const SIGN_OUT_TIMEOUT: Duration = Duration::from_secs(2);

/// The used fields of the discovery document (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

pub(super) struct Metadata {
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub userinfo_endpoint: Option<Url>,
    pub end_session_endpoint: Option<Url>,
    /// The provider takes the client's secret in the form only, not in a header.
    pub takes_secret_in_form: bool,
    pub keys: CoreJsonWebKeySet,
}

pub(super) struct Provider {
    pub http: Http,
    issuer: String,
    discovery: Url,
    kept: Lock<Option<(Instant, Arc<Metadata>)>>,
    /// Held while fetching; others wait and find the result in `kept`.
    fetching: Mutex<()>,
}

impl Provider {
    /// `None` when the issuer is no URL.
    pub fn new(issuer: &str, http: Http) -> Option<Self> {
        let base = issuer.trim_end_matches('/');
        let discovery = Url::parse(&format!("{base}/.well-known/openid-configuration")).ok()?;
        Some(Self {
            http,
            issuer: issuer.to_owned(),
            discovery,
            kept: Lock::default(),
            fetching: Mutex::default(),
        })
    }

    fn kept(&self) -> Option<(Instant, Arc<Metadata>)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone()
    }

    fn keep(&self, metadata: Metadata) -> Arc<Metadata> {
        let metadata = Arc::new(metadata);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Instant::now(), Arc::clone(&metadata)));
        metadata
    }

    /// Cached or fetched metadata. Stale metadata stays in use while the provider fails.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, OidcError> {
        let _fetching = self.fetching.lock().await;
        let old = match self.kept() {
            Some((at, metadata)) if at.elapsed() < MAX_AGE => return Ok(metadata),
            old => old.map(|(_, metadata)| metadata),
        };
        match (self.discover().await, old) {
            (Ok(metadata), _) => Ok(self.keep(metadata)),
            (Err(failure), Some(old)) => {
                tracing::warn!(%failure, "cannot refresh the metadata of the OIDC provider");
                Ok(old)
            }
            (Err(failure), None) => Err(failure),
        }
    }

    /// Metadata for a sign-out, however old. It never waits long for the provider.
    pub async fn metadata_for_sign_out(&self) -> Option<Arc<Metadata>> {
        if let Some((_, metadata)) = self.kept() {
            return Some(metadata);
        }
        timeout(SIGN_OUT_TIMEOUT, self.metadata()).await.ok()?.ok()
    }

    /// Fetches metadata whose keys are newer than those of `before`, unless another request just did.
    pub async fn metadata_after(&self, before: &Arc<Metadata>) -> Result<Arc<Metadata>, OidcError> {
        let _fetching = self.fetching.lock().await;
        if let Some((_, metadata)) = self.kept().filter(|(_, kept)| !Arc::ptr_eq(kept, before)) {
            return Ok(metadata);
        }
        Ok(self.keep(self.discover().await?))
    }

    async fn discover(&self) -> Result<Metadata, OidcError> {
        let document: Document = self.http.get_json(&self.discovery).await?;
        // Browsers are sent there, and a link may hold a script.
        let is_safe_for_people = is_safe(&document.authorization_endpoint)
            && document.end_session_endpoint.as_ref().is_none_or(is_safe);
        if document.issuer != self.issuer || !is_safe_for_people {
            return Err(OidcError::NotAProvider);
        }
        let methods = &document.token_endpoint_auth_methods_supported;
        let takes = |method: &str| methods.iter().any(|supported| supported == method);
        Ok(Metadata {
            takes_secret_in_form: takes("client_secret_post") && !takes("client_secret_basic"),
            keys: self.http.get_json(&document.jwks_uri).await?,
            authorization_endpoint: document.authorization_endpoint,
            token_endpoint: document.token_endpoint,
            userinfo_endpoint: document.userinfo_endpoint,
            end_session_endpoint: document.end_session_endpoint,
        })
    }
}
