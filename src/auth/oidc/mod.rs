//! Single sign-on by OpenID Connect: the authorization code flow with PKCE.

mod account;
mod claims;
mod error;
mod groups;
mod http;
mod provider;
mod role_sync;
mod token;
mod verify;

use std::{fmt, sync::Arc, time::Duration};

use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

use crate::model::Clock;

pub use claims::ProviderUser;
pub use error::OidcError;
pub use groups::{GroupMapping, GroupRight};

use claims::Claims;
use http::Http;
use provider::{Metadata, Provider};
use token::{Exchange, Tokens};
use verify::{TokenVerifier, payload};

/// Limit of concurrent sign-ins: any client can make the portal call the provider.
const MAX_CONCURRENT: usize = 16;

/// Settings of the provider.
pub struct Settings {
    /// Exactly as the provider writes it.
    pub issuer: String,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<SecretString>,
    /// Further values that `aud` of an ID token may hold.
    pub audiences: Vec<String>,
    /// The provider's name on the sign-in page.
    pub name: String,
    pub scopes: Vec<String>,
    pub groups_claim: String,
    pub groups: GroupMapping,
    /// Whether the first sign-in adds a user.
    pub creates_users: bool,
    /// Total timeout of one call.
    pub timeout: Duration,
    pub clock: Clock,
}

#[derive(Debug, thiserror::Error)]
#[error("the issuer is no address, or the HTTP client for it could not be set up")]
pub struct BuildError;

/// The ways to sign in.
#[derive(Debug, Clone)]
pub struct SignInWays {
    pub by_password: bool,
    pub single_sign_on: Option<Oidc>,
}

impl Default for SignInWays {
    fn default() -> Self {
        Self {
            by_password: true,
            single_sign_on: None,
        }
    }
}

/// The OIDC client. A clone shares the provider's metadata.
#[derive(Clone)]
pub struct Oidc(Arc<OidcInner>);

struct OidcInner {
    settings: Settings,
    provider: Provider,
    slots: Semaphore,
}

/// Secrets of a sign-in, until its callback.
#[derive(Serialize, Deserialize)]
pub struct AuthorizationRequest {
    state: String,
    nonce: String,
    verifier: String,
}

impl AuthorizationRequest {
    /// Whether a callback with that state belongs to this request.
    #[must_use]
    pub fn has_state(&self, state: &str) -> bool {
        // Of 128 random bits, and good for one try.
        !state.is_empty() && self.state == state
    }

    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }
}

impl Oidc {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        let http = Http::new(settings.timeout)?;
        let provider = Provider::new(&settings.issuer, http).ok_or(BuildError)?;
        Ok(Self(Arc::new(OidcInner {
            provider,
            slots: Semaphore::new(MAX_CONCURRENT),
            settings,
        })))
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// The address of the provider's sign-in page, which redirects to `callback`.
    pub async fn begin(&self, callback: &str) -> Result<(Url, AuthorizationRequest), OidcError> {
        let metadata = self.in_time(self.0.provider.metadata()).await?;
        let settings = &self.0.settings;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let request = AuthorizationRequest {
            state: CsrfToken::new_random().into_secret(),
            nonce: Nonce::new_random().secret().clone(),
            verifier: verifier.into_secret(),
        };
        let scopes = settings.scopes.iter().map(String::as_str);
        let scopes: Vec<&str> = std::iter::once("openid").chain(scopes).collect();
        let mut address = metadata.authorization_endpoint.clone();
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &settings.client_id),
            ("redirect_uri", callback),
            ("scope", &scopes.join(" ")),
            ("state", &request.state),
            ("nonce", &request.nonce),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        Ok((address, request))
    }

    /// Exchanges the code of a callback for the user at the provider.
    pub async fn finish(
        &self,
        code: String,
        request: AuthorizationRequest,
        callback: &str,
    ) -> Result<ProviderUser, OidcError> {
        self.in_time(self.exchange(&code, &request, callback)).await
    }

    async fn exchange(
        &self,
        code: &str,
        request: &AuthorizationRequest,
        callback: &str,
    ) -> Result<ProviderUser, OidcError> {
        let OidcInner {
            settings, provider, ..
        } = &*self.0;
        let metadata = provider.metadata().await?;
        let exchange = Exchange {
            code,
            verifier: &request.verifier,
            callback,
        };
        let tokens = exchange.send(&provider.http, settings, &metadata).await?;
        let Tokens {
            id_token: Some(id_token),
            access_token,
        } = tokens
        else {
            return Err(OidcError::NoToken);
        };
        let verifier = TokenVerifier {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            audiences: &settings.audiences,
            nonce: &request.nonce,
            access_token: access_token.as_deref(),
            now: settings.clock.now().timestamp(),
        };
        let (subject, claims) = match verifier.verify(&id_token, &metadata.keys) {
            // The provider may have other keys than an hour ago.
            Err(OidcError::WrongSignature) => {
                let metadata = provider.metadata_after(&metadata).await?;
                verifier.verify(&id_token, &metadata.keys)?
            }
            checked => checked?,
        };
        let groups_claim = &settings.groups_claim;
        let id_token = id_token.into();
        let mut person =
            ProviderUser::new(&settings.issuer, &subject, &claims, groups_claim, id_token);
        self.complete(&mut person, &metadata, access_token).await?;
        Ok(person)
    }

    /// Completes the user from the userinfo endpoint. Only missing groups are an error: without them the group mapping
    /// would take rights away.
    async fn complete(
        &self,
        person: &mut ProviderUser,
        metadata: &Metadata,
        access_token: Option<String>,
    ) -> Result<(), OidcError> {
        let settings = &self.0.settings;
        let needs_groups = !settings.groups.is_empty() && person.groups.is_none();
        let is_complete = person.username.is_some() && person.display_name.is_some();
        let (Some(endpoint), Some(access_token)) = (&metadata.userinfo_endpoint, access_token)
        else {
            return Ok(());
        };
        if is_complete && !needs_groups {
            return Ok(());
        }
        match self
            .userinfo(endpoint, &access_token, &person.subject)
            .await
        {
            Ok(claims) => person.complete(&claims, &settings.groups_claim),
            Err(failure) if needs_groups => return Err(failure),
            Err(failure) => {
                tracing::warn!(%failure, "the userinfo endpoint of the OIDC provider failed; the sign-in goes on without it");
            }
        }
        Ok(())
    }

    /// The answer may be a JWT. TLS vouches for it as it does for plain JSON.
    async fn userinfo(
        &self,
        endpoint: &Url,
        access_token: &str,
        subject: &str,
    ) -> Result<Claims, OidcError> {
        let answer = self.0.provider.http.get_as(endpoint, access_token).await?;
        let as_token = || payload(std::str::from_utf8(&answer.body).ok()?.trim());
        let claims = Claims::parse(&answer.body).or_else(as_token);
        let claims = claims.ok_or(OidcError::NotAProvider)?;
        // Userinfo of another subject is refused.
        if claims.text("sub")? != Some(subject) {
            return Err(OidcError::WrongClaim("sub"));
        }
        Ok(claims)
    }

    /// The address of the provider's sign-out page, which redirects to `after`. `None` when the provider has none or
    /// does not answer.
    pub async fn sign_out_address(
        &self,
        id_token: Option<&SecretString>,
        after: &str,
    ) -> Option<Url> {
        let metadata = self.0.provider.metadata_for_sign_out().await?;
        let mut address = metadata.end_session_endpoint.clone()?;
        address
            .query_pairs_mut()
            .append_pair("client_id", &self.0.settings.client_id)
            .append_pair("post_logout_redirect_uri", after)
            .extend_pairs(id_token.map(|token| ("id_token_hint", token.expose_secret())));
        Some(address)
    }

    /// Limits all calls together to twice the timeout of one.
    async fn in_time<T>(
        &self,
        calls: impl Future<Output = Result<T, OidcError>>,
    ) -> Result<T, OidcError> {
        let limit = self.0.settings.timeout * 2;
        let calls = async {
            let slot = self.0.slots.acquire().await;
            let _slot = slot.map_err(|_| OidcError::Unreachable)?;
            calls.await
        };
        timeout(limit, calls)
            .await
            .map_err(|_| OidcError::TimedOut)?
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Oidc").field(&self.issuer()).finish()
    }
}
