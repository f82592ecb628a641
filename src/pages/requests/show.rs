//! One change request with its progress.

use askama::Template;
use axum::extract::{Path, State};

use crate::{
    model::{ChangeRequest, KstDateTime, RequestItem, Step},
    web::{AppState, Authorized, Error, Layout, Result, access::ReadTeam, html, request_result},
};

#[derive(Template)]
#[template(path = "requests/show.html")]
struct Show {
    layout: Layout,
    request: ChangeRequest,
    /// The steps of every item, in the order of the items.
    steps: Vec<Vec<Step>>,
    now: KstDateTime,
}

impl Show {
    /// Items that need attention first.
    fn rows(&self) -> Vec<(&RequestItem, &Vec<Step>)> {
        let mut rows: Vec<_> = self.request.items.iter().zip(&self.steps).collect();
        rows.sort_by_key(|(item, _)| request_result::is_well(item));
        rows
    }

    /// When the item reached its state.
    fn since(&self, steps: &[Step]) -> KstDateTime {
        steps.last().map_or(self.request.asked, |step| step.at)
    }

    /// How long ago that was.
    fn lasting(&self, steps: &[Step]) -> String {
        let minutes = (self.now.to_utc() - self.since(steps).to_utc()).num_minutes();
        match minutes {
            ..1 => self.layout.t("lasting-moment").to_owned(),
            1..60 => self.layout.t_with("lasting-minutes", [("n", minutes)]),
            60..2880 => self.layout.t_with("lasting-hours", [("n", minutes / 60)]),
            _ => self.layout.t_with("lasting-days", [("n", minutes / 1440)]),
        }
    }
}

pub async fn show(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
) -> Result {
    let now = state.store.time().await?;
    let request = state.store.control_request(&who.team().id, &id).await?;
    let request = request.ok_or(Error::NotFound)?.told();
    let mut steps = vec![Vec::new(); request.items.len()];
    for step in state.store.request_steps(&request.id).await? {
        if let Some(of_item) = steps.get_mut(step.position) {
            of_item.push(step);
        }
    }
    html(&Show {
        layout: who.layout(),
        request,
        steps,
        now,
    })
}
