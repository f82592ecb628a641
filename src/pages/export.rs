//! Exports of lists: what all of them share.

mod walk;

use std::sync::Arc;

use futures_util::Stream;

use crate::{
    model::{ApiAccess, Listing, PageNumber},
    secmon,
    store::AuditRecord,
    web::{
        Can, Page, Portal, Result, SignedIn,
        export::{ExportRequest, TableExport},
    },
};

pub use walk::ListRow;

/// As much of an address as the audit log keeps, in characters.
const MAX_ADDRESS: usize = 300;

/// An export of a team's list, which names its file.
pub fn of_team<P>(
    portal: &Portal,
    who: &Can<P>,
    request: ExportRequest,
    list: &str,
) -> TableExport {
    let page = who.page();
    let record = who.record().on_team(&who.team().id, &address(&page));
    let list = format!("{}-{list}", who.team().slug);
    export(portal, request, &list, page, record)
}

/// An export of a list of the whole site.
pub fn of_site(portal: &Portal, who: &SignedIn, request: ExportRequest, list: &str) -> TableExport {
    let page = who.page();
    let record = who.record().on(&address(&page));
    export(portal, request, list, page, record)
}

fn export(
    portal: &Portal,
    request: ExportRequest,
    list: &str,
    page: Page,
    record: AuditRecord,
) -> TableExport {
    let now = portal.clock.korean().to_input();
    let now = now.replace(['-', ':'], "").replace('T', "-");
    TableExport {
        request,
        name: format!("secmon-{list}-{now}"),
        page,
        store: portal.store.clone(),
        record,
    }
}

fn address(page: &Page) -> String {
    page.address.chars().take(MAX_ADDRESS).collect()
}

/// All rows of a list that the API pages, a page at a time. Nothing is read before the stream is.
pub fn all_rows<T, F, R>(access: ApiAccess, read: F) -> impl Stream<Item = Result<Vec<T>>> + Send
where
    T: ListRow,
    F: Fn(Arc<ApiAccess>, PageNumber) -> R + Send + Sync + 'static,
    R: Future<Output = std::result::Result<Listing<T>, secmon::Error>> + Send + 'static,
{
    let access = Arc::new(access);
    walk::rows(move |number| read(Arc::clone(&access), number))
}
