//! The first start: the printed link of a portal without users makes the first site admin and the first team.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use crate::{
    auth::UserNames,
    model::{Actor, Region},
    store::{self, NewTeam, NewUser, Store},
    web::{
        AppState, FormErrors, Layout, Result,
        context::RequestContext,
        expired_link::{expired_link, trimmed_link},
        flash,
        forms::{
            FormError,
            new_password::NewPasswordForm,
            team::TeamForm,
            team_key::{KeyForm, KeyRejected},
            user::UserForm,
        },
        html_as,
    },
};

#[derive(Template)]
#[template(path = "setup/form.html")]
struct SetupForm {
    layout: Layout,
    token: String,
    user: UserForm,
    /// `None` when the command line has added a team.
    team: Option<TeamForm>,
    rejected: KeyRejected,
    regions: [Region; 5],
}

const EXPIRED: &str = "set-up-over-what";

#[derive(Default, Deserialize)]
pub struct SetupInput {
    #[serde(flatten)]
    user: UserForm,
    #[serde(flatten)]
    password: NewPasswordForm,
    #[serde(flatten)]
    team: TeamForm,
    #[serde(flatten)]
    key: KeyForm,
}

/// Opening the link does not use it up.
pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = trimmed_link("/setup/", &token) {
        return Ok(there.into_response());
    }
    if !state.store.may_set_up(&token).await? {
        return expired_link(&context, EXPIRED);
    }
    let (typed, nothing) = (SetupInput::default(), KeyRejected::default());
    view(&context, &state.store, token, typed, nothing).await
}

async fn view(
    context: &RequestContext,
    store: &Store,
    token: String,
    typed: SetupInput,
    rejected: KeyRejected,
) -> Result {
    let needs_team = needs_team(store).await?;
    let view = SetupForm {
        layout: Layout::anonymous(context),
        token,
        user: typed.user,
        team: needs_team.then_some(typed.team),
        rejected,
        regions: Region::ALL,
    };
    html_as(view.rejected.status(), &view)
}

async fn needs_team(store: &Store) -> Result<bool> {
    Ok(store.site_teams().await?.is_empty())
}

pub async fn set_up(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
    Form(typed): Form<SetupInput>,
) -> Result {
    if !state.store.may_set_up(&token).await? {
        return expired_link(&context, EXPIRED);
    }
    match create(&state, &context, &token, &typed).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            let again = |rejected| view(&context, &state.store, token, typed, rejected);
            error.show(again).await
        }
    }
}

/// Creates the user and the team, after a test of the team's key.
async fn create(
    state: &AppState,
    context: &RequestContext,
    token: &str,
    typed: &SetupInput,
) -> std::result::Result<Response, FormError<KeyRejected>> {
    let mut errors = FormErrors::default();
    let names = typed.user.read(&mut errors);
    if let Some((username, display_name)) = &names {
        let username = username.as_str();
        errors.extend(typed.password.errors(UserNames {
            username,
            display_name,
        }));
    }
    let mut team = None;
    if needs_team(&state.store).await? {
        match typed.team.with_key(&typed.key) {
            Ok(new) => team = Some(new),
            Err(others) => errors.extend(others),
        }
    }
    let names = names.filter(|_| errors.is_empty());
    let (username, display_name) = names.ok_or(KeyRejected::typed(errors))?;
    let by = context.record(Actor::anonymous(username.as_str()));
    if let Some((team, access)) = &team {
        let by = by.clone().on(team.slug.as_str());
        typed.key.test(state, access, by).await?;
    }
    let user = NewUser {
        username,
        display_name,
        site_admin: true,
        members: Vec::new(),
        password_hash: state.passwords.hash(&typed.password.new).await?,
    };
    let team: Option<NewTeam> = team.map(|(team, _)| team);
    match state.store.set_up(token, &user, team.as_ref(), &by).await {
        Ok(true) => Ok(flash::redirect("/login", "set-up")),
        Ok(false) => Ok(expired_link(context, EXPIRED)?),
        Err(store::Error::Taken) => {
            Err(KeyRejected::typed(FormErrors::one("slug", "slug-taken")).into())
        }
        Err(error) => Err(error.into()),
    }
}
