//! Single sign-on by OpenID Connect: the code flow with PKCE, and what follows from what the provider tells.

mod account;
mod claims;
mod failure;
mod groups;
mod http;
mod provider;
mod rights;
mod verify;

use std::{fmt, sync::Arc, time::Duration};

use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, RedirectUrl, RequestTokenError, Scope, SubjectIdentifier,
    TokenResponse as _,
    core::{CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

use crate::model::Clock;

pub use claims::Person;
pub use failure::Failure;
pub use groups::{GroupMapping, GroupRight};

use claims::UserInfoClaims;
use http::Http;
use provider::{Client, ErrorResponse, Metadata, Provider};
use verify::Verifying;

/// How many people may wait for the provider at once: whoever has begun to sign in can make the portal call it.
const AT_ONCE: usize = 16;

/// How the provider is reached and what it decides.
pub struct Settings {
    /// To the letter as the provider writes it.
    pub issuer: String,
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<SecretString>,
    /// What people call the provider.
    pub name: String,
    pub scopes: Vec<String>,
    pub groups_claim: String,
    pub groups: GroupMapping,
    /// Is an account made at the first sign-in.
    pub creates_users: bool,
    /// The most time that one call may take.
    pub timeout: Duration,
    pub clock: Clock,
}

/// Why there can be no single sign-on.
#[derive(Debug, thiserror::Error)]
#[error("the issuer is no address, or the HTTP client for it could not be set up")]
pub struct BuildError;

/// The ways in which people may sign in.
#[derive(Debug, Clone)]
pub struct SignInWays {
    /// By a password of the portal's own.
    pub by_password: bool,
    pub single_sign_on: Option<SingleSignOn>,
}

impl Default for SignInWays {
    fn default() -> Self {
        Self {
            by_password: true,
            single_sign_on: None,
        }
    }
}

/// The provider, and what the portal agreed with it. A clone shares what is known of it.
#[derive(Clone)]
pub struct SingleSignOn(Arc<Shared>);

struct Shared {
    settings: Settings,
    provider: Provider,
    places: Semaphore,
}

/// What the portal must remember of an attempt until the browser comes back.
#[derive(Serialize, Deserialize)]
pub struct Begun {
    state: String,
    nonce: String,
    verifier: String,
}

impl Begun {
    /// Is that what came back the state of this attempt.
    #[must_use]
    pub fn is_of(&self, state: &str) -> bool {
        // Of 128 random bits, and good for one try.
        !state.is_empty() && self.state == state
    }

    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }
}

impl SingleSignOn {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| BuildError)?;
        let http = Http::new(settings.timeout)?;
        Ok(Self(Arc::new(Shared {
            provider: Provider::new(issuer, http),
            places: Semaphore::new(AT_ONCE),
            settings,
        })))
    }

    /// What people call the provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.settings.name
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Where somebody signs in at the provider, who comes back to `callback`.
    pub async fn begin(&self, callback: &str) -> Result<(Url, Begun), Failure> {
        self.in_time(async {
            let metadata = self.0.provider.metadata().await?;
            let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
            let client = self.client(&metadata, callback)?;
            let scopes = self.0.settings.scopes.iter();
            let (address, state, nonce) = client
                .authorize_url(
                    CoreAuthenticationFlow::AuthorizationCode,
                    CsrfToken::new_random,
                    Nonce::new_random,
                )
                .add_scopes(scopes.map(|it| Scope::new(it.clone())))
                .set_pkce_challenge(challenge)
                .url();
            let begun = Begun {
                state: state.into_secret(),
                nonce: nonce.secret().clone(),
                verifier: verifier.into_secret(),
            };
            Ok((address, begun))
        })
        .await
    }

    /// Who came back with that code, by what the provider says when it is asked for it.
    pub async fn finish(
        &self,
        code: String,
        begun: Begun,
        callback: &str,
    ) -> Result<Person, Failure> {
        self.in_time(self.ask(code, begun, callback)).await
    }

    async fn ask(&self, code: String, begun: Begun, callback: &str) -> Result<Person, Failure> {
        let Shared {
            settings, provider, ..
        } = &*self.0;
        let metadata = provider.metadata().await?;
        let client = self.client(&metadata, callback)?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Failure::NotAProvider)?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier))
            .request_async(&provider.http)
            .await
            .map_err(refused)?;
        let token = tokens.id_token().ok_or(Failure::NoToken)?;
        let (nonce, access) = (Nonce::new(begun.nonce), tokens.access_token());
        let verifying = Verifying {
            token,
            access,
            nonce: &nonce,
            client_id: &settings.client_id,
            clock: &settings.clock,
        };
        let claims = match verifying.by(&metadata) {
            // The provider may have other keys than an hour ago.
            Err(Failure::WrongSignature) => {
                let metadata = provider.metadata_after(&metadata).await?;
                verifying.by(&metadata)?
            }
            claims => claims?,
        };
        let id_token = SecretString::from(token.to_string());
        let mut person = Person::new(claims, &settings.groups_claim, id_token);
        if person.is_incomplete(!settings.groups.is_empty()) {
            self.ask_for_more(&client, access.clone(), &mut person)
                .await?;
        }
        Ok(person)
    }

    /// The standard has a provider tell names and groups to whoever holds the access token, and leave them out of
    /// the ID token.
    async fn ask_for_more(
        &self,
        client: &Client,
        access: AccessToken,
        person: &mut Person,
    ) -> Result<(), Failure> {
        let subject = SubjectIdentifier::new(person.subject.clone());
        let Ok(request) = client.user_info(access, Some(subject)) else {
            return Ok(());
        };
        let told: UserInfoClaims = request.request_async(&self.0.provider.http).await?;
        person.complete(&told, &self.0.settings.groups_claim);
        Ok(())
    }

    /// Where somebody signs out at the provider, who comes back to `after`. `None` when the provider does not say
    /// where, or does not answer.
    pub async fn sign_out_address(
        &self,
        id_token: Option<&SecretString>,
        after: &str,
    ) -> Option<Url> {
        let metadata = self.in_time(self.0.provider.metadata()).await.ok()?;
        let endpoint = metadata.additional_metadata().end_session_endpoint.clone();
        let after = PostLogoutRedirectUrl::new(after.to_owned()).ok()?;
        let mut address = LogoutRequest::from(endpoint?)
            .set_client_id(ClientId::new(self.0.settings.client_id.clone()))
            .set_post_logout_redirect_uri(after)
            .http_get_url();
        if let Some(id_token) = id_token {
            let mut query = address.query_pairs_mut();
            query.append_pair("id_token_hint", id_token.expose_secret());
        }
        Some(address)
    }

    fn client(&self, metadata: &Metadata, callback: &str) -> Result<Client, Failure> {
        let Settings {
            client_id,
            client_secret,
            ..
        } = &self.0.settings;
        let secret = client_secret.as_ref();
        let secret = secret.map(|it| ClientSecret::new(it.expose_secret().to_owned()));
        let id = ClientId::new(client_id.clone());
        let callback = RedirectUrl::new(callback.to_owned()).map_err(|_| Failure::NotAProvider)?;
        let client: Client = Client::from_provider_metadata(metadata.clone(), id, secret);
        Ok(client
            .set_redirect_uri(callback)
            .set_auth_type(auth_type(metadata)))
    }

    /// All calls together may take two times what one may.
    async fn in_time<T>(
        &self,
        calls: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limit = self.0.settings.timeout * 2;
        let asked = async {
            let place = self.0.places.acquire().await;
            let _place = place.map_err(|_| Failure::Unreachable)?;
            calls.await
        };
        timeout(limit, asked).await.map_err(|_| Failure::TimedOut)?
    }
}

impl fmt::Debug for SingleSignOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SingleSignOn").field(&self.issuer()).finish()
    }
}

/// By header, unless the provider takes the secret only in the form.
fn auth_type(metadata: &Metadata) -> AuthType {
    let methods = metadata.token_endpoint_auth_methods_supported();
    let only_by_form = methods.is_some_and(|it| {
        !it.contains(&CoreClientAuthMethod::ClientSecretBasic)
            && it.contains(&CoreClientAuthMethod::ClientSecretPost)
    });
    if only_by_form {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

fn refused(error: RequestTokenError<Failure, ErrorResponse>) -> Failure {
    match error {
        RequestTokenError::Request(failure) => failure,
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidGrant => Failure::CodeRefused,
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                Failure::ClientRefused
            }
            _ => Failure::Refused,
        },
        _ => Failure::NotAProvider,
    }
}
