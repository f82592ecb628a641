//! The first start: whoever has the link that a portal without users printed makes the first site admin and the first team.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use serde::Deserialize;

use crate::{
    auth::UserNames,
    model::{Actor, Region},
    store::{self, AuditRecord, NewTeam, NewUser, Store},
    web::{AppState, FormErrors, Layout, Result, context::RequestContext, html_as},
};

use super::{
    expired_link::{link_over, mended},
    new_password::NewPasswordForm,
    team_form::{TeamForm, read_new},
    team_key::{KeyForm, KeyTest, try_out},
    user_form::UserForm,
};

#[derive(Template)]
#[template(path = "set_up/form.html")]
struct SetUpForm {
    layout: Layout,
    token: String,
    user: UserForm,
    /// `None` when somebody has added a team at the command line.
    team: Option<TeamForm>,
    errors: FormErrors,
    /// The trial of the key that failed.
    tried: Option<KeyTest>,
    regions: [Region; 5],
}

fn over(context: &RequestContext) -> Result {
    link_over(context, "set-up-over-what")
}

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

/// Opening it does not use the link up.
pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = mended("/setup/", &token) {
        return Ok(there.into_response());
    }
    if !state.store.may_set_up(&token).await? {
        return over(&context);
    }
    let nothing = (FormErrors::default(), None);
    view(
        &context,
        &state.store,
        token,
        SetupInput::default(),
        nothing,
    )
    .await
}

async fn view(
    context: &RequestContext,
    store: &Store,
    token: String,
    typed: SetupInput,
    (errors, tried): (FormErrors, Option<KeyTest>),
) -> Result {
    let status = if errors.is_empty() && tried.is_none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let needs_team = needs_team(store).await?;
    let view = SetUpForm {
        layout: Layout::anonymous(context),
        token,
        user: typed.user,
        team: needs_team.then_some(typed.team),
        errors,
        tried,
        regions: Region::ALL,
    };
    html_as(status, &view)
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
        return over(&context);
    }
    let refused = match prepare(&state, &context, &typed).await? {
        Err(refused) => refused,
        Ok((user, team, by)) => {
            let set_up = state.store.set_up(&token, &user, team.as_ref(), &by);
            match set_up.await {
                Ok(true) => return Ok(Redirect::to("/login?done=set-up").into_response()),
                Ok(false) => return over(&context),
                Err(store::Error::Taken) => (FormErrors::one("slug", "slug-taken"), None),
                Err(error) => return Err(error.into()),
            }
        }
    };
    view(&context, &state.store, token, typed, refused).await
}

type Prepared = (NewUser, Option<NewTeam>, AuditRecord);
type Refused = (FormErrors, Option<KeyTest>);

/// What is to be made, once the key was tried; or what is wrong with it.
async fn prepare(
    state: &AppState,
    context: &RequestContext,
    typed: &SetupInput,
) -> Result<std::result::Result<Prepared, Refused>> {
    let mut errors = FormErrors::default();
    let names = typed.user.read(&mut errors);
    if let Some((username, display_name)) = &names {
        let user = UserNames {
            username: username.as_str(),
            display_name,
        };
        errors.extend(typed.password.errors(user));
    }
    let mut team = None;
    if needs_team(&state.store).await? {
        match read_new(&typed.team, &typed.key) {
            Ok(new) => team = Some(new),
            Err(others) => errors.extend(others),
        }
    }
    let Some((username, display_name)) = names.filter(|_| errors.is_empty()) else {
        return Ok(Err((errors, None)));
    };
    let by = context.record(Actor::anonymous(username.as_str()));
    if let Some((team, access)) = team.as_ref().filter(|_| !typed.key.untried()) {
        let on_team = by.clone().on(team.slug.as_str());
        let tried = try_out(state, access, on_team).await?;
        if tried.failure.is_some() {
            return Ok(Err((errors, Some(tried))));
        }
    }
    let password_hash = state.passwords.hash(&typed.password.new).await?;
    let user = NewUser {
        username,
        display_name,
        site_admin: true,
        members: Vec::new(),
        password_hash,
    };
    Ok(Ok((user, team.map(|(team, _)| team), by)))
}
