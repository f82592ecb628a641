//! The history of control, as the vendor keeps it, with who asked for what came through the portal.

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::State, routing::get};
use futures_util::StreamExt as _;

use crate::{
    control::{Attribution, Origin, asked_before},
    model::{ApiAccess, Change, Moment, PageNumber, RowId, Team},
    secmon::Secmon,
    store::{Error, Store},
    web::{
        self, Can, Page, Portal, Query,
        access::ReadTeam,
        html,
        table_file::{Format, TableFile},
    },
};

use super::{
    export,
    paging::{PageQuery, Paging},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/history", get(index))
        .route("/t/{slug}/history.csv", get(file))
        .route("/t/{slug}/history.xlsx", get(file))
}

#[derive(Template)]
#[template(path = "history/index.html")]
struct Index {
    page: Page,
    changes: Vec<Change>,
    /// Requests of the portal that brought them about.
    through: Attribution,
    paging: Paging,
}

async fn index(
    who: Can<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    Query(query): Query<PageQuery>,
) -> web::Result {
    let access = store.api_access(who.team()).await?;
    let listing = secmon.history(&access, query.number()).await?;
    let through = through(&store, who.team(), &listing.rows).await?;
    let page = query.page(who.page());
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        changes: listing.rows,
        through,
        paging,
    })
}

/// The whole history, of all pages.
async fn file(who: Can<ReadTeam>, State(portal): State<Portal>, format: Format) -> web::Result {
    let access = portal.store.api_access(who.team()).await?;
    let first = portal.secmon.history(&access, PageNumber::FIRST).await?;
    let page = who.page();
    let record = who.record().on_team(&who.team().id, &page.address);
    export::written_down(&portal, &record).await?;
    let file = TableFile {
        format,
        name: export::name(&portal, &format!("{}-history", who.team().slug)),
        head: head(&page),
    };
    let Portal { secmon, store, .. } = portal;
    let read = move |access: Arc<ApiAccess>, number| {
        let secmon = secmon.clone();
        async move { secmon.history(&access, number).await }
    };
    let changes = export::all_pages(first, access, read, |it| it.id.as_ref().map(RowId::as_str));
    let team = who.team().clone();
    let lines = changes.then(move |read| {
        let (store, team, page) = (store.clone(), team.clone(), page.clone());
        async move {
            let changes = read?;
            let through = through(&store, &team, &changes).await?;
            let line = |(change, origin)| line(&page, change, origin);
            Ok(through.with(&changes).map(line).collect())
        }
    });
    file.send(lines).await
}

fn head(page: &Page) -> Vec<String> {
    let mut head = vec![page.say("history-registered")];
    head.extend(export::word_titles(page, "history-kind"));
    head.extend(export::word_titles(page, "history-status"));
    head.extend(["history-names", "history-through", "history-contents"].map(|it| page.say(it)));
    head.extend(export::word_titles(page, "history-reason"));
    head.extend(export::word_titles(page, "history-meter"));
    head.push(page.say("history-id"));
    head
}

fn line(page: &Page, change: &Change, origin: Origin<'_>) -> Vec<String> {
    let mut line = vec![export::moment(change.registered.as_ref())];
    line.extend(export::word(page, change.kind.as_ref()));
    line.extend(export::word(page, change.status.as_ref()));
    line.push(change.names.join(" | "));
    line.push(who_asked(page, origin));
    line.push(export::cell(change.contents.as_deref()));
    line.extend(export::word(page, change.reason.as_ref()));
    line.extend(export::word(page, change.meter.as_ref()));
    line.push(export::cell(change.id.as_ref().map(RowId::as_str)));
    line
}

fn who_asked(page: &Page, origin: Origin<'_>) -> String {
    let user = origin.request.map(|request| request.user_name.clone());
    let outside = origin.is_outside.then(|| page.say("outside-the-portal"));
    let shared = origin
        .is_shared_name
        .then(|| page.say("server-of-this-name"));
    let parts: Vec<String> = [user, outside, shared].into_iter().flatten().collect();
    parts.join(", ")
}

/// The requests that those rows came through.
pub async fn through(store: &Store, team: &Team, changes: &[Change]) -> Result<Attribution, Error> {
    let at = |change: &Change| match change.registered {
        Some(Moment::At(at)) => Some(asked_before(at)),
        _ => None,
    };
    let spans: Vec<_> = changes.iter().filter_map(at).collect();
    let (from, to) = (
        spans.iter().map(|it| it.0).min(),
        spans.iter().map(|it| it.1).max(),
    );
    match from.zip(to) {
        Some((from, to)) => {
            let requests = store.control_asked(&team.id, from, to).await?;
            let shared_names = store.shared_names(&team.id).await?;
            Ok(Attribution::new(changes, requests, shared_names))
        }
        None => Ok(Attribution::default()),
    }
}
