//! Injected faults, and their syntax on the command line.

use std::{fmt, str::FromStr};

/// An injected fault. Its name is the value of `--fault`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `unauthorized`: 401 4012001, the gateway refuses the token.
    Unauthorized,
    /// `forbidden`: 403 4031007, the portal's address is not on the organization's list.
    Forbidden,
    /// `not-found`: 404 4041007.
    NotFound,
    /// `too-large`: 413 4131000.
    TooLarge,
    /// `too-many-requests`: 429 4291000; `too-many-requests=2` adds `Retry-After: 2`.
    TooManyRequests { retry_after: Option<u32> },
    /// `bad-gateway`: 502 with a page of HTML.
    BadGateway,
    /// `unavailable`: 503 5030001, the gateway's circuit is open.
    Unavailable,
    /// `gateway-timeout`: 504 5040001, at once.
    GatewayTimeout,
    /// `refused`: HTTP 200 with `isSuccessful: false` and a reason in Korean.
    Refused,
    /// `html`: HTTP 200 with a page of HTML.
    Html,
    /// `broken-json`: HTTP 200 with JSON that stops in the middle of a word.
    BrokenJson,
    /// `wrong-shape`: HTTP 200, a successful header, everything else of other types.
    WrongShape,
    /// `empty`: HTTP 200 without a body.
    Empty,
    /// `hang`: never answers; nothing is done.
    Hang,
    /// `hang-after`: does the change and never answers. Changes only.
    HangAfter,
    /// `fail-after`: does the change and answers 502. Changes only.
    FailAfter,
    /// `half-done`: does the first half of the change and answers `isSuccessful: false`. Changes only.
    PartialChange,
    /// `huge`: a plain body of 300 MB, sent as fast as it is read.
    Huge,
    /// `gzip-bomb`: a body of 300 KB that decompresses to 300 MB.
    GzipBomb,
    /// `drop`: closes the connection without a word.
    Drop,
    /// `cut-off`: closes the connection in the middle of the body.
    CutOff,
}

/// Every name, for `--help` and for the message about a wrong one.
pub const NAMES: &str = "unauthorized, forbidden, not-found, too-large, too-many-requests[=SECONDS], bad-gateway, \
    unavailable, gateway-timeout, refused, html, broken-json, wrong-shape, empty, hang, hang-after, fail-after, \
    half-done, huge, gzip-bomb, drop, cut-off";

const PLAIN: [(Fault, &str); 20] = [
    (Fault::Unauthorized, "unauthorized"),
    (Fault::Forbidden, "forbidden"),
    (Fault::NotFound, "not-found"),
    (Fault::TooLarge, "too-large"),
    (Fault::BadGateway, "bad-gateway"),
    (Fault::Unavailable, "unavailable"),
    (Fault::GatewayTimeout, "gateway-timeout"),
    (Fault::Refused, "refused"),
    (Fault::Html, "html"),
    (Fault::BrokenJson, "broken-json"),
    (Fault::WrongShape, "wrong-shape"),
    (Fault::Empty, "empty"),
    (Fault::Hang, "hang"),
    (Fault::HangAfter, "hang-after"),
    (Fault::FailAfter, "fail-after"),
    (Fault::PartialChange, "half-done"),
    (Fault::Huge, "huge"),
    (Fault::GzipBomb, "gzip-bomb"),
    (Fault::Drop, "drop"),
    (Fault::CutOff, "cut-off"),
];
const TOO_MANY: &str = "too-many-requests";

/// Which calls a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every call for servers, history, tickets and events.
    Api,
    /// Adding and releasing.
    Changes,
    /// All reading endpoints.
    Reads,
    /// Asking for an access token. No other scope includes it.
    Token,
}

/// A fault that is switched on: for which calls, and for how many of them.
///
/// Written as `NAME`, with prefixes that limit it, in any order: `changes:`, `reads:` or `token:`, and
/// `once:` or a number. So `changes:hang-after`, `once:reads:html`, `3:unavailable`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    pub fault: Fault,
    pub scope: Scope,
    /// How many calls are left to go wrong; `None` is all of them.
    pub times: Option<u32>,
}

impl Fault {
    #[must_use]
    pub fn on_changes(self) -> Outage {
        self.on(Scope::Changes)
    }

    #[must_use]
    pub fn on_reads(self) -> Outage {
        self.on(Scope::Reads)
    }

    #[must_use]
    pub fn on_tokens(self) -> Outage {
        self.on(Scope::Token)
    }

    #[must_use]
    pub fn once(self) -> Outage {
        Outage::from(self).times(1)
    }

    fn on(self, scope: Scope) -> Outage {
        Outage {
            fault: self,
            scope,
            times: None,
        }
    }

    /// Lets the change through first.
    pub(super) fn is_after(self) -> bool {
        matches!(
            self,
            Self::HangAfter | Self::FailAfter | Self::PartialChange
        )
    }
}

impl Outage {
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self {
            times: Some(times),
            ..self
        }
    }
}

impl From<Fault> for Outage {
    fn from(fault: Fault) -> Self {
        fault.on(Scope::Api)
    }
}

/// Accepts a bare fault where an outage is optional.
impl From<Fault> for Option<Outage> {
    fn from(fault: Fault) -> Self {
        Some(fault.into())
    }
}

/// Why a fault could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of {NAMES}; before it, if you like, changes: or reads: or token:, and once: or a number"
)]
pub struct UnknownFault;

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        if let Some(rest) = text.strip_prefix(TOO_MANY) {
            let retry_after = match rest.strip_prefix('=') {
                Some(seconds) => Some(seconds.parse().map_err(|_| UnknownFault)?),
                None if rest.is_empty() => None,
                None => return Err(UnknownFault),
            };
            return Ok(Self::TooManyRequests { retry_after });
        }
        PLAIN
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(fault, _)| *fault)
            .ok_or(UnknownFault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::TooManyRequests { retry_after } = self {
            f.write_str(TOO_MANY)?;
            return retry_after.map_or(Ok(()), |seconds| write!(f, "={seconds}"));
        }
        let name = PLAIN.iter().find(|(fault, _)| fault == self);
        f.write_str(name.map_or("", |(_, name)| name))
    }
}

impl FromStr for Outage {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let (limits, name) = text.rsplit_once(':').unwrap_or(("", text));
        let mut outage = Self::from(name.parse::<Fault>()?);
        for limit in limits.split(':').filter(|limit| !limit.is_empty()) {
            match limit {
                "changes" => outage.scope = Scope::Changes,
                "reads" => outage.scope = Scope::Reads,
                "token" => outage.scope = Scope::Token,
                "once" => outage.times = Some(1),
                number => outage.times = Some(number.parse().map_err(|_| UnknownFault)?),
            }
        }
        Ok(outage)
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            Some(1) => f.write_str("once:")?,
            Some(times) => write!(f, "{times}:")?,
            None => {}
        }
        f.write_str(match self.scope {
            Scope::Api => "",
            Scope::Changes => "changes:",
            Scope::Reads => "reads:",
            Scope::Token => "token:",
        })?;
        self.fault.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_parses_from_its_own_text() {
        for name in NAMES.replace("[=SECONDS]", "").split(',') {
            let fault: Fault = name.trim().parse().expect(name);
            assert_eq!(fault.to_string(), name.trim());
        }
        for text in [
            "hang",
            "changes:hang-after",
            "once:reads:html",
            "3:unavailable",
            "token:too-many-requests=2",
        ] {
            let outage: Outage = text.parse().expect(text);
            assert_eq!(outage.to_string(), text);
        }
        assert_eq!(
            "reads:once:html".parse(),
            Ok(Fault::Html.on_reads().times(1))
        );
        for wrong in [
            "",
            "hangs",
            "often:html",
            "html:",
            "too-many-requests=soon",
            "-1:html",
        ] {
            assert_eq!(wrong.parse::<Outage>(), Err(UnknownFault), "{wrong:?}");
        }
    }
}
