//! A user's teams and roles, as a site admin changes them.

use axum::{Form, extract::State};
use serde::Deserialize;

use crate::{
    model::{Role, Team},
    store::{self, Store},
    web::{FormErrors, Result, forms::FormError},
};

use super::{ManagedUser, again};

/// The user's teams, and all others.
pub(super) async fn load(
    managed: &ManagedUser,
    store: &Store,
) -> Result<(Vec<(Team, Role)>, Vec<Team>)> {
    let memberships = store.all_memberships().await?;
    let username = &managed.user().username;
    let (mut teams, mut other_teams) = (Vec::new(), Vec::new());
    for team in store.teams().await? {
        let mut memberships = memberships.iter();
        match memberships.find(|(name, slug, _)| name == username && *slug == team.slug) {
            Some((.., role)) => teams.push((team, *role)),
            None => other_teams.push(team),
        }
    }
    Ok((teams, other_teams))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct MembershipForm {
    team: String,
    role: String,
}

impl MembershipForm {
    async fn read(&self, store: &Store) -> std::result::Result<(Team, Role), FormError> {
        let mut errors = FormErrors::default();
        let team = self.team(store).await?;
        let team = errors.keep("team", team.ok_or("team-unknown"));
        let role = errors.keep("role", self.role.parse().map_err(|_| "role-unknown"));
        Ok(team.zip(role).ok_or(errors)?)
    }

    async fn team(&self, store: &Store) -> Result<Option<Team>> {
        match self.team.parse() {
            Ok(slug) => Ok(store.team(&slug).await?),
            Err(_) => Ok(None),
        }
    }
}

pub async fn add(
    managed: ManagedUser,
    State(store): State<Store>,
    Form(typed): Form<MembershipForm>,
) -> Result {
    let (team, role) = match typed.read(&store).await {
        Ok(place) => place,
        Err(error) => return error.show(|errors| again(&managed, &store, errors)).await,
    };
    let by = managed.who.record();
    match store.add_member(&team, managed.user(), role, &by).await {
        Ok(()) => Ok(managed.done("added")),
        Err(store::Error::Taken) => Ok(managed.done("unchanged")),
        Err(error) => Err(error.into()),
    }
}

pub async fn change_role(
    managed: ManagedUser,
    State(store): State<Store>,
    Form(typed): Form<MembershipForm>,
) -> Result {
    let (team, role) = match typed.read(&store).await {
        Ok(place) => place,
        Err(error) => return error.show(|errors| again(&managed, &store, errors)).await,
    };
    let by = managed.who.record();
    let changed = store.change_role(&team, managed.user(), role, &by).await?;
    Ok(managed.done_if(changed, "role"))
}

pub async fn remove(
    managed: ManagedUser,
    State(store): State<Store>,
    Form(typed): Form<MembershipForm>,
) -> Result {
    let Some(team) = typed.team(&store).await? else {
        return Ok(managed.done("unchanged"));
    };
    let by = managed.who.record();
    let removed = store.remove_member(&team, managed.user(), &by).await?;
    Ok(managed.done_if(removed, "removed"))
}
