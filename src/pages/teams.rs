//! The user's teams with how much of each is monitored, and the overview of one.

use std::cmp::Reverse;

use askama::Template;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse as _, Redirect},
    routing::get,
};

use crate::{
    store::{ControlRequest, Coverage, KnownServer, ServerChange, Store},
    web::{Can, Page, Portal, Result, SignedIn, access::ReadTeam, frame::FrameTeam, html},
};

use super::coverage::{MOST, TeamCoverage};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/", get(index))
        .route("/t/{slug}", get(show))
}

#[derive(Template)]
#[template(path = "teams/index.html")]
struct Index {
    page: Page,
    teams: Vec<TeamCoverage>,
}

impl Index {
    /// Can its reader see all teams of the site elsewhere.
    fn is_for_site_admin(&self) -> bool {
        self.page.user.as_ref().is_some_and(|it| it.site_admin)
    }

    /// Over all teams whose lists have been read.
    fn all(&self) -> Option<Coverage> {
        let known = self.teams.iter().filter_map(|it| it.coverage);
        known.reduce(|all, one| Coverage {
            read: all.read.min(one.read),
            servers: all.servers + one.servers,
            monitored: all.monitored + one.monitored,
            waiting: all.waiting + one.waiting,
        })
    }

    fn unprotected(&self) -> Vec<(&FrameTeam, &KnownServer)> {
        newest(&self.teams, |it| &it.unprotected, |it| it.since)
    }

    fn changes(&self) -> Vec<(&FrameTeam, &ServerChange)> {
        newest(&self.teams, |it| &it.changes, |it| it.at)
    }
}

/// The newest of all teams' rows.
fn newest<T, K: Ord>(
    teams: &[TeamCoverage],
    rows: impl Fn(&TeamCoverage) -> &[T],
    at: impl Fn(&T) -> K,
) -> Vec<(&FrameTeam, &T)> {
    let of_team = |it| rows(it).iter().map(move |row| (&it.team, row));
    let mut all: Vec<_> = teams.iter().flat_map(of_team).collect();
    all.sort_by_key(|(_, row)| Reverse(at(row)));
    all.truncate(MOST);
    all
}

async fn index(who: SignedIn, State(store): State<Store>) -> Result {
    if let [only] = who.memberships.as_slice() {
        let there = format!("/t/{}", only.team.slug);
        return Ok(Redirect::to(&there).into_response());
    }
    let mut teams = Vec::new();
    for membership in &who.memberships {
        let team = FrameTeam::new(membership);
        teams.push(TeamCoverage::of(&store, &membership.team.id, team).await?);
    }
    html(&Index {
        page: who.page(),
        teams,
    })
}

#[derive(Template)]
#[template(path = "teams/show.html")]
struct Show {
    page: Page,
    known: Option<TeamCoverage>,
    /// The newest requests for control made through the portal.
    requests: Vec<ControlRequest>,
}

/// It asks the API for nothing, so that it stands whatever the API does.
async fn show(who: Can<ReadTeam>, State(store): State<Store>) -> Result {
    let (page, team) = (who.page(), who.team());
    let known = match page.team.clone() {
        Some(frame) => Some(TeamCoverage::of(&store, &team.id, frame).await?),
        None => None,
    };
    let requests = store.recent_control(&team.id, 5).await?;
    html(&Show {
        page,
        known,
        requests: requests.into_iter().map(ControlRequest::told).collect(),
    })
}
