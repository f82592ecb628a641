//! What can become of a call that brought no answer.

use std::time::Duration;

/// Why a call failed. Neither its texts nor its fields hold an address, an appKey or a token:
/// every word in them is the portal's own, or was cleaned of those (`secrets.rs`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the API could not be reached: {why}")]
    Unreachable {
        why: &'static str,
        /// Had the call been sent, or part of it.
        sent: bool,
    },
    #[error("the API did not answer in time")]
    TimedOut {
        /// Had the call been sent, or was it still waiting for its turn.
        sent: bool,
    },
    /// A status that is no success, whether or not the gateway's own header came with it.
    #[error("the gateway refused the call with status {status}{}", explained(code.as_deref(), message.as_deref()))]
    HttpStatus {
        status: u16,
        code: Option<String>,
        message: Option<String>,
        retry_after: Option<Duration>,
    },
    /// `isSuccessful: false`.
    #[error("the API refused the call{}", explained(code.as_deref(), message.as_deref()))]
    Refused {
        code: Option<String>,
        message: Option<String>,
    },
    /// HTML, broken JSON, another shape.
    #[error("what answered does not speak the API's language: {what}")]
    UnexpectedResponse { what: &'static str },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// The API listed a server, or a VM behind it, without an id that can be sent back.
    #[error("a server without a usable id cannot be added")]
    MissingId,
    /// The access token could not be had, so the call itself was never made.
    #[error("the access token could not be had: {0}")]
    Token(Box<Error>),
}

impl Error {
    /// Of a change: can it have been made all the same? Then the lists must be read again and compared.
    /// `false` only where the answer, or the lack of a connection, says that nothing was done.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } | Self::TimedOut { sent } => *sent,
            Self::HttpStatus { status, code, .. } => match status {
                // 5030001: the gateway's circuit is open, it passed nothing on (docs/secmon-api.md).
                503 => code.as_deref() != Some("5030001"),
                // 408 tells of a request that came in part; who knows what was made of it.
                408 => true,
                400..=499 => false,
                _ => true,
            },
            Self::UnexpectedResponse { .. } | Self::TooLarge { .. } => true,
            Self::Refused { .. } | Self::MissingId | Self::Token(_) => false,
        }
    }

    /// How long the API asked to be left alone.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::HttpStatus { retry_after, .. } => *retry_after,
            Self::Token(error) => error.retry_after(),
            _ => None,
        }
    }
}

fn explained(code: Option<&str>, message: Option<&str>) -> String {
    let code = code.map(|code| format!(" (code {code})"));
    let message = message.map(|message| format!(": {message}"));
    code.unwrap_or_default() + &message.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definite_refusal_is_told_from_an_unknown_outcome() {
        let gateway = |status, code: Option<&str>| Error::HttpStatus {
            status,
            code: code.map(str::to_owned),
            message: None,
            retry_after: None,
        };
        for status in [400, 401, 403, 404, 413, 429] {
            assert!(!gateway(status, None).may_have_taken_effect(), "{status}");
        }
        for status in [408, 500, 502, 503, 504] {
            assert!(gateway(status, None).may_have_taken_effect(), "{status}");
        }
        assert!(!gateway(503, Some("5030001")).may_have_taken_effect());
        assert!(gateway(500, Some("5030001")).may_have_taken_effect());
        assert!(Error::TimedOut { sent: true }.may_have_taken_effect());
        assert!(!Error::TimedOut { sent: false }.may_have_taken_effect());
        let token = Error::Token(Box::new(Error::TimedOut { sent: true }));
        assert!(!token.may_have_taken_effect());
    }
}
