//! The call log, for tests that count calls.

use axum::http::Method;
use chrono::{DateTime, Utc};

use super::fault::Scope;

/// Which part of the API was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    NotAppliedVms,
    AppliedVms,
    AddVms,
    ReleaseVms,
    History,
    Tickets,
    Ticket,
    Events,
    Token,
    /// Nothing that the guide knows.
    Unknown,
}

/// A call as it arrived, also one that was refused. It holds no appKey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    pub endpoint: Endpoint,
    /// Index of the appKey; `None` for a token call and for a wrong key.
    pub tenant: Option<usize>,
    /// The query string as sent.
    pub query: Option<String>,
    pub at: DateTime<Utc>,
}

impl Endpoint {
    /// The endpoint, and the appKey in the path.
    pub(super) fn from_path<'a>(method: &Method, path: &'a str) -> (Self, Option<&'a str>) {
        if path == "/oauth2/token/create" {
            return (Self::Token, None);
        }
        let Some((key, rest)) = path
            .strip_prefix("/v1.0/appkeys/")
            .and_then(|rest| rest.split_once('/'))
        else {
            return (Self::Unknown, None);
        };
        let reads = *method == Method::GET || *method == Method::HEAD;
        let endpoint = match rest {
            "not-applied-vms" if reads => Self::NotAppliedVms,
            "applied-vms" if reads => Self::AppliedVms,
            "vm" if *method == Method::POST => Self::AddVms,
            "vm" if *method == Method::DELETE => Self::ReleaseVms,
            "history" if reads => Self::History,
            "tickets" if reads => Self::Tickets,
            "events" if reads => Self::Events,
            ticket if reads && ticket.starts_with("tickets/") => Self::Ticket,
            _ => Self::Unknown,
        };
        (endpoint, Some(key))
    }

    pub(super) fn is_change(self) -> bool {
        matches!(self, Self::AddVms | Self::ReleaseVms)
    }

    pub(super) fn is_in(self, scope: Scope) -> bool {
        match scope {
            Scope::Api => self != Self::Token,
            Scope::Changes => self.is_change(),
            Scope::Reads => !self.is_change() && self != Self::Token,
            Scope::Token => self == Self::Token,
        }
    }
}
