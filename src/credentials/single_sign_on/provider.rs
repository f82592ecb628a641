//! What the provider says of itself: fetched when it is needed first, and kept for a while.

use std::{sync::Arc, time::Duration};

use openidconnect::{
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields, IssuerUrl,
    ProviderMetadataWithLogout, StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use tokio::{sync::Mutex, time::Instant};

use super::{
    Failure,
    claims::OtherClaims,
    http::{Http, is_safe},
};

/// How long it is believed without asking again.
const KEPT: Duration = Duration::from_hours(1);

pub(super) type Metadata = ProviderMetadataWithLogout;

pub(super) type ErrorResponse = StandardErrorResponse<CoreErrorResponseType>;

pub(super) type IdToken = openidconnect::IdToken<
    OtherClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type TokenResponse = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The portal as the provider's client.
pub(super) type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    ErrorResponse,
    TokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

pub(super) struct Provider {
    pub http: Http,
    issuer: IssuerUrl,
    /// Whoever holds the lock asks; the others wait for it and find the answer there.
    kept: Mutex<Option<(Instant, Arc<Metadata>)>>,
}

impl Provider {
    pub fn new(issuer: IssuerUrl, http: Http) -> Self {
        Self {
            http,
            issuer,
            kept: Mutex::default(),
        }
    }

    /// What is kept, or asked for anew. While the provider does not answer, what it said before counts.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, Failure> {
        let mut kept = self.kept.lock().await;
        let old = match kept.as_ref() {
            Some((at, metadata)) if at.elapsed() < KEPT => return Ok(Arc::clone(metadata)),
            old => old.map(|(_, metadata)| Arc::clone(metadata)),
        };
        match (self.discover().await, old) {
            (Ok(metadata), _) => {
                *kept = Some((Instant::now(), Arc::clone(&metadata)));
                Ok(metadata)
            }
            (Err(failure), Some(old)) => {
                tracing::warn!(%failure, "the sign-in provider's settings could not be read again");
                Ok(old)
            }
            (Err(failure), None) => Err(failure),
        }
    }

    /// Asked for anew, unless somebody else just did: the provider has other keys than those of `before`.
    pub async fn metadata_after(&self, before: &Arc<Metadata>) -> Result<Arc<Metadata>, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some((_, metadata)) = kept.as_ref().filter(|(_, it)| !Arc::ptr_eq(it, before)) {
            return Ok(Arc::clone(metadata));
        }
        let metadata = self.discover().await?;
        *kept = Some((Instant::now(), Arc::clone(&metadata)));
        Ok(metadata)
    }

    async fn discover(&self) -> Result<Arc<Metadata>, Failure> {
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http).await?;
        // People are sent there, and what a link holds may be a script.
        let sign_out = &metadata.additional_metadata().end_session_endpoint;
        let is_safe_for_people = is_safe(metadata.authorization_endpoint().url())
            && sign_out.as_ref().is_none_or(|it| is_safe(it.url()));
        if !is_safe_for_people || metadata.token_endpoint().is_none() {
            return Err(Failure::NotAProvider);
        }
        Ok(Arc::new(metadata))
    }
}
