//! The user's teams with their coverage, and the overview of one.

use std::cmp::Reverse;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse as _, Redirect},
};

use crate::{
    model::{ChangeRequest, Coverage, KnownServer, ServerChange},
    store::Store,
    web::{
        Authorized, CurrentUser, Layout, Result,
        access::ReadTeam,
        coverage::{MAX_ROWS, TeamCoverage},
        html,
        layout::NavTeam,
    },
};

#[derive(Template)]
#[template(path = "teams/index.html")]
struct Index {
    layout: Layout,
    teams: Vec<TeamCoverage>,
}

impl Index {
    fn is_for_site_admin(&self) -> bool {
        self.layout
            .user
            .as_ref()
            .is_some_and(|user| user.site_admin)
    }

    /// Coverage of all teams with a reading.
    fn all(&self) -> Option<Coverage> {
        let known = self.teams.iter().filter_map(|team| team.coverage);
        known.reduce(|all, one| Coverage {
            read: all.read.min(one.read),
            servers: all.servers + one.servers,
            monitored: all.monitored + one.monitored,
            waiting: all.waiting + one.waiting,
        })
    }

    fn unprotected(&self) -> Vec<(&NavTeam, &KnownServer)> {
        newest(&self.teams, |value| &value.unprotected, |value| value.since)
    }

    fn changes(&self) -> Vec<(&NavTeam, &ServerChange)> {
        newest(&self.teams, |value| &value.changes, |value| value.at)
    }
}

/// The newest of all teams' rows.
fn newest<T, K: Ord>(
    teams: &[TeamCoverage],
    rows: impl Fn(&TeamCoverage) -> &[T],
    at: impl Fn(&T) -> K,
) -> Vec<(&NavTeam, &T)> {
    let of_team = |value| rows(value).iter().map(move |row| (&value.team, row));
    let mut all: Vec<_> = teams.iter().flat_map(of_team).collect();
    all.sort_by_key(|(_, row)| Reverse(at(row)));
    all.truncate(MAX_ROWS);
    all
}

pub async fn index(who: CurrentUser, State(store): State<Store>) -> Result {
    if let [only] = who.memberships() {
        let there = format!("/t/{}", only.team.slug);
        return Ok(Redirect::to(&there).into_response());
    }
    let mut teams = Vec::new();
    for membership in who.memberships() {
        let team = NavTeam::new(membership);
        teams.push(TeamCoverage::load(&store, &membership.team.id, team).await?);
    }
    html(&Index {
        layout: who.layout(),
        teams,
    })
}

#[derive(Template)]
#[template(path = "teams/show.html")]
struct Show {
    layout: Layout,
    known: Option<TeamCoverage>,
    /// The newest change requests.
    requests: Vec<ChangeRequest>,
}

/// No API call, so that it works during API failures.
pub async fn show(who: Authorized<ReadTeam>, State(store): State<Store>) -> Result {
    let (layout, team) = (who.layout(), who.team());
    let known = match layout.team.clone() {
        Some(frame) => Some(TeamCoverage::load(&store, &team.id, frame).await?),
        None => None,
    };
    let requests = store.recent_control(&team.id, 5).await?;
    html(&Show {
        layout,
        known,
        requests: requests.into_iter().map(ChangeRequest::told).collect(),
    })
}
