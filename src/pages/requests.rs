//! A team's requests for control: what was asked, by whom, and how far each thing has come.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};

use crate::{
    model::{KoreanTime, Listing},
    store::{ControlItem, ControlRequest, Step},
    web::{Can, Error, Page, Portal, Query, Result, access::ReadTeam, html},
};

use super::{
    outcome,
    paging::{PageQuery, Paging},
};

/// Requests on a page.
const ROWS: u32 = 25;

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/t/{slug}/requests", get(index))
        .route("/t/{slug}/requests/{id}", get(show))
}

#[derive(Template)]
#[template(path = "requests/index.html")]
struct Index {
    page: Page,
    requests: Vec<ControlRequest>,
    paging: Paging,
}

async fn index(
    who: Can<ReadTeam>,
    State(portal): State<Portal>,
    Query(query): Query<PageQuery>,
) -> Result {
    let found = portal
        .store
        .control_page(&who.team().id, query.number(), ROWS);
    let (requests, total) = found.await?;
    let page = query.page(who.page());
    let listing = Listing::new(requests, Some(total), query.number(), ROWS.into());
    let paging = Paging::new(&listing, page.path(), &[]);
    html(&Index {
        page,
        requests: listing.rows.into_iter().map(ControlRequest::told).collect(),
        paging,
    })
}

#[derive(Template)]
#[template(path = "requests/show.html")]
struct Show {
    page: Page,
    request: ControlRequest,
    /// The steps of every item, in the order of the items.
    steps: Vec<Vec<Step>>,
    now: KoreanTime,
}

impl Show {
    /// First those of which somebody has to do something.
    fn rows(&self) -> Vec<(&ControlItem, &Vec<Step>)> {
        let mut rows: Vec<_> = self.request.items.iter().zip(&self.steps).collect();
        rows.sort_by_key(|(item, _)| outcome::is_well(item));
        rows
    }

    /// Since when an item is where it is.
    fn since(&self, steps: &[Step]) -> KoreanTime {
        steps.last().map_or(self.request.asked, |step| step.at)
    }

    /// For how long that is, in the reader's words.
    fn lasting(&self, steps: &[Step]) -> String {
        let minutes = (self.now.to_utc() - self.since(steps).to_utc()).num_minutes();
        match minutes {
            ..1 => self.page.say("lasting-moment"),
            1..60 => self.page.say_with("lasting-minutes", [("n", minutes)]),
            60..2880 => self.page.say_with("lasting-hours", [("n", minutes / 60)]),
            _ => self.page.say_with("lasting-days", [("n", minutes / 1440)]),
        }
    }
}

async fn show(
    who: Can<ReadTeam>,
    State(portal): State<Portal>,
    Path((_, id)): Path<(String, String)>,
) -> Result {
    let now = portal.store.time().await?;
    let request = portal.store.control_request(&who.team().id, &id).await?;
    let request = request.ok_or(Error::NotFound)?.told();
    let mut steps = vec![Vec::new(); request.items.len()];
    for step in portal.store.control_steps(&request.id).await? {
        if let Some(of_item) = steps.get_mut(step.position) {
            of_item.push(step);
        }
    }
    html(&Show {
        page: who.page(),
        request,
        steps,
        now,
    })
}
