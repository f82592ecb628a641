//! The eight endpoints of the guide, and the URL of each.

use reqwest::Method;
use url::Url;

use crate::model::{AppKey, EventRange, PageNumber, ServerId, TicketId};

/// Bytes of a URL: gateways commonly stop at 8 KB.
const MAX_URL: usize = 8_000;

pub(super) enum Endpoint<'a> {
    NotAppliedVms,
    AppliedVms,
    Add,
    Release(&'a [ServerId]),
    History(PageNumber),
    Tickets(PageNumber),
    Ticket(TicketId),
    Events(PageNumber, EventRange),
}

impl Endpoint<'_> {
    /// Its name in logs and metrics: a URL never gets there.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotAppliedVms => "not-applied-vms",
            Self::AppliedVms => "applied-vms",
            Self::Add => "add",
            Self::Release(_) => "release",
            Self::History(_) => "history",
            Self::Tickets(_) => "tickets",
            Self::Ticket(_) => "ticket",
            Self::Events(..) => "events",
        }
    }

    pub fn method(&self) -> Method {
        match self {
            Self::Add => Method::POST,
            Self::Release(_) => Method::DELETE,
            _ => Method::GET,
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Add | Self::Release(_) => "vm".to_owned(),
            Self::Ticket(id) => format!("tickets/{id}"),
            _ => self.name().to_owned(),
        }
    }

    /// Not form-encoded: commas and colons stay as they are in the guide, and parsed ids need no encoding.
    fn query(&self) -> Option<String> {
        match self {
            Self::NotAppliedVms | Self::AppliedVms | Self::Add | Self::Ticket(_) => None,
            Self::Release(ids) => {
                let ids: Vec<&str> = ids.iter().map(ServerId::as_str).collect();
                Some(format!("vmId={}", ids.join(",")))
            }
            Self::History(page) => Some(format!("page={}", page.get())),
            // Some editions of the API default to the oldest first (docs/secmon-api.md, wire format row 9).
            Self::Tickets(page) => Some(format!("page={}&detectDateOrder=desc", page.get())),
            Self::Events(page, range) => Some(format!(
                "page={}&startDate={}&endDate={}",
                page.get(),
                range.start().to_api(),
                range.end().to_api()
            )),
        }
    }

    /// It holds the appKey, so it goes to the HTTP client and nowhere else.
    pub fn url(&self, base: &Url, key: &AppKey) -> Url {
        let mut url = base.clone();
        let prefix = base.path().trim_end_matches('/');
        let key = key.expose_secret();
        url.set_path(&format!("{prefix}/v1.0/appkeys/{key}/{}", self.path()));
        url.set_query(self.query().as_deref());
        url.set_fragment(None);
        url
    }
}

/// Splits `ids` so that the URL of each batch stays within `MAX_URL`.
pub(super) fn release_batches<'a>(
    base: &Url,
    key: &AppKey,
    ids: &'a [ServerId],
) -> Vec<&'a [ServerId]> {
    let empty = Endpoint::Release(&[]).url(base, key).as_str().len();
    let mut batches = Vec::new();
    let (mut first, mut length) = (0, empty);
    for (at, id) in ids.iter().enumerate() {
        // With its comma.
        let more = id.as_str().len() + 1;
        if length + more > MAX_URL && at > first {
            batches.push(&ids[first..at]);
            (first, length) = (at, empty);
        }
        length += more;
    }
    if first < ids.len() {
        batches.push(&ids[first..]);
    }
    batches
}
