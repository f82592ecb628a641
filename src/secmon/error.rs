//! Errors of an API call.

use std::time::Duration;

/// Neither its texts nor its fields hold a URL, an appKey or a token: every word is the portal's own, or was redacted
/// (`redact.rs`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the API could not be reached: {why}")]
    Unreachable {
        why: &'static str,
        /// Whether the call had been sent, or a part of it.
        sent: bool,
    },
    #[error("the API did not answer in time")]
    TimedOut {
        /// Whether the call had been sent, or still waited for its permit.
        sent: bool,
    },
    /// A status other than success, with or without the gateway's own header.
    #[error("the gateway refused the call with status {status}{}", details(code.as_deref(), message.as_deref()))]
    HttpStatus {
        status: u16,
        code: Option<String>,
        message: Option<String>,
        retry_after: Option<Duration>,
    },
    /// `isSuccessful: false`.
    #[error("the API refused the call{}", details(code.as_deref(), message.as_deref()))]
    Refused {
        code: Option<String>,
        message: Option<String>,
    },
    /// HTML, broken JSON, or JSON of another shape.
    #[error("what answered does not speak the API's language: {what}")]
    UnexpectedResponse { what: &'static str },
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// The API listed a server, or a VM behind it, without a usable id.
    #[error("a server without a usable id cannot be added")]
    MissingId,
    /// No access token, so the call itself was not sent.
    #[error("no access token could be obtained: {0}")]
    Token(Box<Error>),
}

impl Error {
    /// Whether a change may have taken effect all the same; the lists must then be read again and compared.
    /// `false` only where the response, or the lack of a connection, rules that out.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } | Self::TimedOut { sent } => *sent,
            Self::HttpStatus { status, code, .. } => match status {
                // 5030001: the gateway's circuit is open and it forwards nothing (docs/secmon-api.md).
                503 => code.as_deref() != Some("5030001"),
                // The gateway received the request in part.
                408 => true,
                400..=499 => false,
                _ => true,
            },
            Self::UnexpectedResponse { .. } | Self::TooLarge { .. } => true,
            Self::Refused { .. } | Self::MissingId | Self::Token(_) => false,
        }
    }

    /// The delay requested by the API.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::HttpStatus { retry_after, .. } => *retry_after,
            Self::Token(error) => error.retry_after(),
            _ => None,
        }
    }
}

fn details(code: Option<&str>, message: Option<&str>) -> String {
    let code = code.map(|code| format!(" (code {code})"));
    let message = message.map(|message| format!(": {message}"));
    code.unwrap_or_default() + &message.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_knows_whether_change_may_have_taken_effect() {
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
