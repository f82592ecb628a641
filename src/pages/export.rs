//! Exports of lists: what all of them share.

mod walk;

use std::sync::Arc;

use futures_util::Stream;

use crate::{
    model::{ApiAccess, PageNumber, PageOf},
    secmon,
    store::AuditRecord,
    web::{
        AppState, Authorized, CurrentUser, Layout, Result,
        export::{ExportRequest, TableExport},
    },
};

pub use walk::ListRow;

/// As much of an address as the audit log keeps, in characters.
const MAX_ADDRESS: usize = 300;

/// An export of a team's list, which names its file.
pub fn of_team<P>(
    state: &AppState,
    who: &Authorized<P>,
    request: ExportRequest,
    list: &str,
) -> TableExport {
    let layout = who.layout();
    let record = who.record().on_team(&who.team().id, &address(&layout));
    let list = format!("{}-{list}", who.team().slug);
    export(state, request, &list, layout, record)
}

/// An export of a list of the whole site.
pub fn of_site(
    state: &AppState,
    who: &CurrentUser,
    request: ExportRequest,
    list: &str,
) -> TableExport {
    let layout = who.layout();
    let record = who.record().on(&address(&layout));
    export(state, request, list, layout, record)
}

fn export(
    state: &AppState,
    request: ExportRequest,
    list: &str,
    layout: Layout,
    record: AuditRecord,
) -> TableExport {
    let now = state.clock.korean().to_input();
    let now = now.replace(['-', ':'], "").replace('T', "-");
    TableExport {
        request,
        name: format!("secmon-{list}-{now}"),
        layout,
        store: state.store.clone(),
        record,
    }
}

fn address(layout: &Layout) -> String {
    layout.address.chars().take(MAX_ADDRESS).collect()
}

/// All rows of a list that the API pages, a page at a time. Nothing is read before the stream is.
pub fn all_rows<T, F, R>(access: ApiAccess, read: F) -> impl Stream<Item = Result<Vec<T>>> + Send
where
    T: ListRow,
    F: Fn(Arc<ApiAccess>, PageNumber) -> R + Send + Sync + 'static,
    R: Future<Output = std::result::Result<PageOf<T>, secmon::Error>> + Send + 'static,
{
    let access = Arc::new(access);
    walk::rows(move |number| read(Arc::clone(&access), number))
}
