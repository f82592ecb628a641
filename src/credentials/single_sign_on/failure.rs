//! Why a provider could not say who somebody is, in words of our own: its texts could hold anything.

use openidconnect::{ClaimsVerificationError, DiscoveryError, UserInfoError};

/// What went wrong between the portal and the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum Failure {
    Unreachable,
    TimedOut,
    TooLarge,
    /// No discovery document of that issuer, or an answer that is none of a provider's.
    NotAProvider,
    /// The provider takes the code for used or too old.
    CodeRefused,
    /// The provider does not know the portal by its id and secret.
    ClientRefused,
    /// The provider said no, for a reason of its own.
    Refused,
    /// There was no ID token.
    NoToken,
    WrongSignature,
    WrongIssuer,
    WrongAudience,
    WrongNonce,
    Expired,
    /// Another reason why a token is not believed.
    WrongToken,
}

impl Failure {
    /// For the logs; it stays the same, so that it can be looked for.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed-out",
            Self::TooLarge => "too-large",
            Self::NotAProvider => "not-a-provider",
            Self::CodeRefused => "code-refused",
            Self::ClientRefused => "client-refused",
            Self::Refused => "refused",
            Self::NoToken => "no-token",
            Self::WrongSignature => "wrong-signature",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::WrongNonce => "wrong-nonce",
            Self::Expired => "expired",
            Self::WrongToken => "wrong-token",
        }
    }
}

impl From<DiscoveryError<Self>> for Failure {
    fn from(error: DiscoveryError<Self>) -> Self {
        match error {
            DiscoveryError::Request(failure) => failure,
            _ => Self::NotAProvider,
        }
    }
}

impl From<UserInfoError<Self>> for Failure {
    fn from(error: UserInfoError<Self>) -> Self {
        match error {
            UserInfoError::Request(failure) => failure,
            UserInfoError::ClaimsVerification(error) => error.into(),
            _ => Self::NotAProvider,
        }
    }
}

impl From<ClaimsVerificationError> for Failure {
    fn from(error: ClaimsVerificationError) -> Self {
        use ClaimsVerificationError as Wrong;
        match error {
            Wrong::SignatureVerification(_) => Self::WrongSignature,
            Wrong::InvalidIssuer(_) => Self::WrongIssuer,
            Wrong::InvalidAudience(_) => Self::WrongAudience,
            Wrong::InvalidNonce(_) => Self::WrongNonce,
            Wrong::Expired(_) => Self::Expired,
            _ => Self::WrongToken,
        }
    }
}
