//! Whether an ID token is the provider's, meant for the portal, of this attempt, and still good.

use openidconnect::{
    AccessToken, AccessTokenHash, ClientId, Nonce,
    core::{CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm},
};

use crate::model::Clock;

use super::{
    Failure,
    claims::IdTokenClaims,
    provider::{IdToken, Metadata},
};

/// Signatures by which everybody can check and only the provider can sign: never one by the secret that the portal
/// shares with it.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// A token that is not believed yet.
pub(super) struct Verifying<'a> {
    pub token: &'a IdToken,
    /// What came with it.
    pub access: &'a AccessToken,
    pub nonce: &'a Nonce,
    pub client_id: &'a str,
    pub clock: &'a Clock,
}

impl<'a> Verifying<'a> {
    /// What it says, if it is right by what the provider says of itself.
    pub fn by(&self, metadata: &Metadata) -> Result<&'a IdTokenClaims, Failure> {
        let verifier = self.verifier(metadata);
        let claims = self.token.claims(&verifier, self.nonce)?;
        self.check_access(claims, &verifier)?;
        // No database holds NUL.
        if claims.subject().is_empty() || claims.subject().contains('\0') {
            return Err(Failure::WrongToken);
        }
        let is_ours = |party: &ClientId| party.as_str() == self.client_id;
        if !claims.authorized_party().is_none_or(is_ours) {
            return Err(Failure::WrongAudience);
        }
        Ok(claims)
    }

    /// The access token must not have been exchanged for another one.
    fn check_access(
        &self,
        claims: &IdTokenClaims,
        verifier: &CoreIdTokenVerifier<'_>,
    ) -> Result<(), Failure> {
        let Some(expected) = claims.access_token_hash() else {
            return Ok(());
        };
        let algorithm = self.token.signing_alg();
        let algorithm = algorithm.map_err(|_| Failure::WrongSignature)?;
        let key = self.token.signing_key(verifier);
        let key = key.map_err(|_| Failure::WrongSignature)?;
        let hash = AccessTokenHash::from_token(self.access, algorithm, key);
        if hash.ok().as_ref() == Some(expected) {
            Ok(())
        } else {
            Err(Failure::WrongToken)
        }
    }

    fn verifier(&self, metadata: &Metadata) -> CoreIdTokenVerifier<'a> {
        let offered = metadata.id_token_signing_alg_values_supported();
        let allowed = ALGORITHMS.into_iter().filter(|it| offered.contains(it));
        let client_id = ClientId::new(self.client_id.to_owned());
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        let clock = self.clock;
        CoreIdTokenVerifier::new_public_client(client_id, issuer, keys)
            .set_allowed_algs(allowed)
            .set_time_fn(|| clock.now())
    }
}
