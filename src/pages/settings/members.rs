//! A team's members and their roles.

use axum::{Form, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    model::{Role, User, Username},
    store::{self, Store},
    web::{Authorized, FormErrors, Result, access::ManageTeam, forms::FormError, html_as},
};

use super::{Show, done, view};

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
    match add_member(&who, &store, &typed).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            error
                .show(|errors| again(&who, &store, typed, errors))
                .await
        }
    }
}

async fn add_member(
    who: &Authorized<ManageTeam>,
    store: &Store,
    typed: &NewMember,
) -> std::result::Result<Response, FormError> {
    let mut errors = FormErrors::default();
    let known = match Username::existing(&typed.username) {
        Ok(username) => store.credentials(&username).await?,
        Err(_) => None,
    };
    let user = errors.keep("username", known.ok_or("member-unknown"));
    let role = errors.keep("role", typed.role.parse().map_err(|_| "role-unknown"));
    let (known, role) = user.zip(role).ok_or(errors)?;
    let by = who.record();
    match store.add_member(who.team(), &known.user, role, &by).await {
        Ok(()) => Ok(done(who, "added")),
        Err(store::Error::Taken) => Err(FormErrors::one("username", "member-already").into()),
        Err(error) => Err(error.into()),
    }
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

/// A member by their id.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RoleForm {
    user: String,
    role: String,
}

/// The form's member. No member changes their own role.
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
