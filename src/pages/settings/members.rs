//! Who is in the team, and with which role.

use axum::{Form, extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    model::{Role, User, Username},
    store::{self, Store},
    web::{Authorized, FormErrors, Result, access::ManageTeam, html_as},
};

use super::{Show, done, view};

/// Somebody to be added, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewMember {
    pub username: String,
    pub role: String,
}

pub async fn add(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    Form(typed): Form<NewMember>,
) -> Result {
    let (user, role) = match read(&store, &typed).await? {
        Ok(read) => read,
        Err(errors) => return again(&who, &store, typed, errors).await,
    };
    match store
        .add_member(who.team(), &user, role, &who.record())
        .await
    {
        Ok(()) => Ok(done(&who, "added")),
        Err(store::Error::Taken) => {
            let errors = FormErrors::one("username", "member-already");
            again(&who, &store, typed, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn read(
    store: &Store,
    typed: &NewMember,
) -> Result<std::result::Result<(User, Role), FormErrors>> {
    let mut errors = FormErrors::default();
    let user = match Username::existing(&typed.username) {
        Ok(username) => store
            .credentials(&username)
            .await?
            .map(|credential| credential.user),
        Err(_) => None,
    };
    let user = errors.keep("username", user.ok_or("member-unknown"));
    let role = typed.role.parse().map_err(|_| "role-unknown");
    let role = errors.keep("role", role);
    Ok(user.zip(role).ok_or(errors))
}

async fn again(
    who: &Authorized<ManageTeam>,
    store: &Store,
    typed: NewMember,
    errors: FormErrors,
) -> Result {
    let view = view(who, store).await?;
    let again = Show {
        typed,
        errors,
        ..view
    };
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &again)
}

/// A member, named by the id in their row.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    user: String,
    role: String,
}

/// The member that a row's form names; nobody changes their own place.
async fn other(
    who: &Authorized<ManageTeam>,
    store: &Store,
    chosen: &RoleForm,
) -> Result<Option<User>> {
    if chosen.user == who.user().id.0 {
        return Err(who.refuse(store).await);
    }
    let members = store.members(&who.team().id).await?;
    let mut users = members.into_iter().map(|member| member.user);
    Ok(users.find(|user| user.id.0 == chosen.user))
}

pub async fn change_role(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    Form(chosen): Form<RoleForm>,
) -> Result {
    let Some(user) = other(&who, &store, &chosen).await? else {
        return Ok(done(&who, "gone"));
    };
    let Ok(role) = chosen.role.parse::<Role>() else {
        let errors = FormErrors::one("role", "role-unknown");
        return again(&who, &store, NewMember::default(), errors).await;
    };
    let by = who.record();
    let changed = store.change_role(who.team(), &user, role, &by).await?;
    Ok(done(&who, if changed { "role" } else { "gone" }))
}

pub async fn remove(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    Form(chosen): Form<RoleForm>,
) -> Result {
    let Some(user) = other(&who, &store, &chosen).await? else {
        return Ok(done(&who, "gone"));
    };
    let by = who.record();
    let removed = store.remove_member(who.team(), &user, &by).await?;
    Ok(done(&who, if removed { "removed" } else { "gone" }))
}
