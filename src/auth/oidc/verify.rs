//! Verification of an ID token: signature, issuer, audience, lifetime, nonce and access token hash.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use openidconnect::{
    AccessToken, AccessTokenHash, JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm},
};
use serde::Deserialize;

use super::{OidcError, claims::Claims};

/// Clocks of the provider and of this machine may differ by that much.
const LEEWAY_SECONDS: i64 = 60;

/// Asymmetric signatures only: a shared secret would let the portal sign as the provider.
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

/// Expected values of an ID token.
pub(super) struct TokenVerifier<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// Accepted values of `aud` besides the client id.
    pub audiences: &'a [String],
    pub nonce: &'a str,
    /// The access token received with the ID token.
    pub access_token: Option<&'a str>,
    /// Seconds since 1970.
    pub now: i64,
}

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    /// Extensions that must be understood; none is.
    crit: Option<serde::de::IgnoredAny>,
}

/// The payload of a JWT, without a check of its signature.
pub(super) fn payload(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Claims::parse(&URL_SAFE_NO_PAD.decode(payload).ok()?)
}

impl TokenVerifier<'_> {
    /// The subject and all claims of a valid token.
    pub fn verify(
        &self,
        token: &str,
        keys: &CoreJsonWebKeySet,
    ) -> Result<(String, Claims), OidcError> {
        let unreadable = OidcError::UnreadableToken;
        let claims = payload(token).ok_or(unreadable)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(unreadable)?;
        let (header, _) = signed.split_once('.').ok_or(unreadable)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| unreadable)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| unreadable)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| unreadable)?;
        let key = signing_key(&header, signed.as_bytes(), &signature, keys)?;
        self.check_parties(&claims)?;
        self.check_lifetime(&claims)?;
        if claims.text("nonce")? != Some(self.nonce) {
            return Err(OidcError::WrongClaim("nonce"));
        }
        self.check_access_token(&claims, &header.alg, key)?;
        let subject = claims.text("sub")?.unwrap_or_default().to_owned();
        // No database holds NUL.
        if subject.is_empty() || subject.contains('\0') {
            return Err(OidcError::WrongClaim("sub"));
        }
        Ok((subject, claims))
    }

    fn check_parties(&self, claims: &Claims) -> Result<(), OidcError> {
        if claims.text("iss")? != Some(self.issuer) {
            return Err(OidcError::WrongClaim("iss"));
        }
        let party = claims.text("azp")?;
        if party.is_some_and(|party| party != self.client_id) {
            return Err(OidcError::WrongClaim("azp"));
        }
        let audiences = claims.texts("aud")?;
        let is_trusted = |audience: &&str| {
            *audience == self.client_id || self.audiences.iter().any(|trusted| trusted == audience)
        };
        let is_ours = audiences.contains(&self.client_id)
            && (party.is_some() || audiences.iter().all(is_trusted));
        if is_ours {
            Ok(())
        } else {
            Err(OidcError::WrongClaim("aud"))
        }
    }

    fn check_lifetime(&self, claims: &Claims) -> Result<(), OidcError> {
        let expires = claims.seconds("exp")?.ok_or(OidcError::WrongClaim("exp"))?;
        if expires.saturating_add(LEEWAY_SECONDS) <= self.now {
            return Err(OidcError::Expired);
        }
        // Required, but not part of validity (RFC 7519, section 4.1.6).
        claims.seconds("iat")?.ok_or(OidcError::WrongClaim("iat"))?;
        let latest = self.now + LEEWAY_SECONDS;
        if claims.seconds("nbf")?.is_some_and(|begins| begins > latest) {
            return Err(OidcError::WrongClaim("nbf"));
        }
        Ok(())
    }

    /// The access token must not have been exchanged for another one.
    fn check_access_token(
        &self,
        claims: &Claims,
        algorithm: &Algorithm,
        key: &CoreJsonWebKey,
    ) -> Result<(), OidcError> {
        let (Some(expected), Some(token)) = (claims.text("at_hash")?, self.access_token) else {
            return Ok(());
        };
        let token = AccessToken::new(token.to_owned());
        let hash = AccessTokenHash::from_token(&token, algorithm, key).ok();
        if hash.is_some_and(|hash| hash.as_str() == expected) {
            Ok(())
        } else {
            Err(OidcError::WrongClaim("at_hash"))
        }
    }
}

/// The key of the provider that signed the token.
fn signing_key<'k>(
    header: &Header,
    signed: &[u8],
    signature: &[u8],
    keys: &'k CoreJsonWebKeySet,
) -> Result<&'k CoreJsonWebKey, OidcError> {
    if header.crit.is_some() || !ALGORITHMS.contains(&header.alg) {
        return Err(OidcError::WrongSignature);
    }
    let is_named = |key: &&CoreJsonWebKey| match &header.kid {
        Some(kid) => key.key_id().is_some_and(|id| id.as_str() == kid),
        None => true,
    };
    // It also checks that the key is one for signing, and for that algorithm.
    let has_signed =
        |key: &&CoreJsonWebKey| key.verify_signature(&header.alg, signed, signature).is_ok();
    let mut candidates = keys.keys().iter().filter(is_named);
    candidates.find(has_signed).ok_or(OidcError::WrongSignature)
}
