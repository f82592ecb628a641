//! The eight endpoints of the guide, and the address of each.

use reqwest::Method;
use url::Url;

use crate::model::{AppKey, EventRange, PageNumber, ServerId, TicketId};

/// Bytes that a whole address may have: gateways commonly stop at 8 KB.
pub(super) const MAX_ADDRESS: usize = 8_000;

pub(super) enum Endpoint<'a> {
    NotAppliedVms,
    AppliedVms,
    Add,
    Release(&'a [ServerId]),
    History(PageNumber),
    Tickets(PageNumber),
    Ticket(&'a TicketId),
    Events(PageNumber, EventRange),
}

impl Endpoint<'_> {
    /// What the log calls it: an address never gets there.
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
            Self::NotAppliedVms => "not-applied-vms".to_owned(),
            Self::AppliedVms => "applied-vms".to_owned(),
            Self::Add | Self::Release(_) => "vm".to_owned(),
            Self::History(_) => "history".to_owned(),
            Self::Tickets(_) => "tickets".to_owned(),
            Self::Ticket(id) => format!("tickets/{id}"),
            Self::Events(..) => "events".to_owned(),
        }
    }

    /// Written out instead of form-encoded: commas and colons go out as they are, as in the guide.
    /// Ids were checked when they were parsed.
    fn query(&self) -> Option<String> {
        match self {
            Self::NotAppliedVms | Self::AppliedVms | Self::Add | Self::Ticket(_) => None,
            Self::Release(ids) => {
                let ids: Vec<&str> = ids.iter().map(ServerId::as_str).collect();
                Some(format!("vmId={}", ids.join(",")))
            }
            Self::History(page) => Some(format!("page={}", page.get())),
            // Without the order some editions of the API answer oldest first (docs/secmon-api.md, row 9).
            Self::Tickets(page) => Some(format!("page={}&detectDateOrder=desc", page.get())),
            Self::Events(page, range) => Some(format!(
                "page={}&startDate={}&endDate={}",
                page.get(),
                range.start().to_api(),
                range.end().to_api()
            )),
        }
    }

    /// The whole address. It holds the appKey, so it goes to the HTTP client and nowhere else.
    pub fn address(&self, base: &Url, key: &AppKey) -> Url {
        let mut url = base.clone();
        let before = base.path().trim_end_matches('/');
        let key = key.expose_secret();
        url.set_path(&format!("{before}/v1.0/appkeys/{key}/{}", self.path()));
        url.set_query(self.query().as_deref());
        url.set_fragment(None);
        url
    }
}

/// Cuts `ids` so that the address of each batch stays within `MAX_ADDRESS`.
pub(super) fn release_batches<'a>(
    base: &Url,
    key: &AppKey,
    ids: &'a [ServerId],
) -> Vec<&'a [ServerId]> {
    let empty = Endpoint::Release(&[]).address(base, key).as_str().len();
    let mut batches = Vec::new();
    let (mut first, mut length) = (0, empty);
    for (at, id) in ids.iter().enumerate() {
        // One more for the comma; the first id of a batch has none, which is on the safe side.
        let more = id.as_str().len() + 1;
        if length + more > MAX_ADDRESS && at > first {
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
