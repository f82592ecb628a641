//! Errors of an OIDC sign-in. None holds text of the provider, which could be anything.

/// Errors between the portal and the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum OidcError {
    Unreachable,
    TimedOut,
    TooLarge,
    /// No discovery document of that issuer, or an invalid response.
    NotAProvider,
    /// The provider takes the code for used or expired.
    CodeRefused,
    /// The provider does not accept the client id and secret.
    ClientRefused,
    /// The provider refused for another reason.
    Refused,
    /// There was no ID token.
    NoToken,
    /// The ID token is no signed JWT.
    UnreadableToken,
    WrongSignature,
    Expired,
    /// The claim of that name is missing, has the wrong type or the wrong value.
    WrongClaim(&'static str),
}

impl OidcError {
    /// A stable word for the logs.
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
            Self::UnreadableToken => "unreadable-token",
            Self::WrongSignature => "wrong-signature",
            Self::Expired => "expired",
            Self::WrongClaim("iss") => "wrong-issuer",
            Self::WrongClaim("aud" | "azp") => "wrong-audience",
            Self::WrongClaim("nonce") => "wrong-nonce",
            Self::WrongClaim(_) => "wrong-token",
        }
    }

    /// The claim that did not pass its check.
    #[must_use]
    pub fn claim(self) -> Option<&'static str> {
        match self {
            Self::WrongClaim(name) => Some(name),
            Self::Expired => Some("exp"),
            _ => None,
        }
    }
}
