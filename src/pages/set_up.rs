//! The first start: whoever has the link that a portal without users printed makes the first site admin and the first team.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::get,
};
use serde::Deserialize;

use crate::{
    credentials::UserNames,
    model::Region,
    store::{self, AuditRecord, NewTeam, NewUser, Store},
    web::{Page, Portal, Problems, Result, access::record, asking::Asking, html_as},
};

use super::{
    link_over::{link_over, mended},
    new_password::TypedPassword,
    team_form::{TypedTeam, read_new},
    team_key::{Tried, TypedKey, try_out},
    user_form::TypedUser,
};

pub fn routes() -> Router<Portal> {
    Router::new().route("/setup/{token}", get(form).post(set_up))
}

#[derive(Template)]
#[template(path = "set_up/form.html")]
struct SetUpForm {
    page: Page,
    token: String,
    user: TypedUser,
    /// `None` when somebody has added a team at the command line.
    team: Option<TypedTeam>,
    problems: Problems,
    /// The trial of the key that failed.
    tried: Option<Tried>,
    regions: [Region; 5],
}

fn over(asking: &Asking) -> Result {
    link_over(asking, "set-up-over-what")
}

#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(flatten)]
    user: TypedUser,
    #[serde(flatten)]
    password: TypedPassword,
    #[serde(flatten)]
    team: TypedTeam,
    #[serde(flatten)]
    key: TypedKey,
}

/// Looking at it does not use the link up.
async fn form(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
) -> Result {
    if let Some(there) = mended("/setup/", &token) {
        return Ok(there.into_response());
    }
    if !portal.store.may_set_up(&token).await? {
        return over(&asking);
    }
    let nothing = (Problems::default(), None);
    view(&asking, &portal.store, token, Typed::default(), nothing).await
}

async fn view(
    asking: &Asking,
    store: &Store,
    token: String,
    typed: Typed,
    (problems, tried): (Problems, Option<Tried>),
) -> Result {
    let status = if problems.is_empty() && tried.is_none() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let needs_team = needs_team(store).await?;
    let view = SetUpForm {
        page: Page::anonymous(asking),
        token,
        user: typed.user,
        team: needs_team.then_some(typed.team),
        problems,
        tried,
        regions: Region::ALL,
    };
    html_as(status, &view)
}

async fn needs_team(store: &Store) -> Result<bool> {
    Ok(store.site_teams().await?.is_empty())
}

async fn set_up(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Result {
    if !portal.store.may_set_up(&token).await? {
        return over(&asking);
    }
    let refused = match prepare(&portal, &asking, &typed).await? {
        Err(refused) => refused,
        Ok((user, team, by)) => {
            let set_up = portal.store.set_up(&token, &user, team.as_ref(), &by);
            match set_up.await {
                Ok(true) => return Ok(Redirect::to("/login?done=set-up").into_response()),
                Ok(false) => return over(&asking),
                Err(store::Error::Taken) => (Problems::one("slug", "slug-taken"), None),
                Err(error) => return Err(error.into()),
            }
        }
    };
    view(&asking, &portal.store, token, typed, refused).await
}

type Prepared = (NewUser, Option<NewTeam>, AuditRecord);
type Refused = (Problems, Option<Tried>);

/// What is to be made, once the key was tried; or what is wrong with it.
async fn prepare(
    portal: &Portal,
    asking: &Asking,
    typed: &Typed,
) -> Result<std::result::Result<Prepared, Refused>> {
    let mut problems = Problems::default();
    let names = typed.user.read(&mut problems);
    if let Some((username, display_name)) = &names {
        let user = UserNames {
            username: username.as_str(),
            display_name,
        };
        problems.extend(typed.password.problems(user));
    }
    let mut team = None;
    if needs_team(&portal.store).await? {
        match read_new(&typed.team, &typed.key) {
            Ok(new) => team = Some(new),
            Err(others) => problems.extend(others),
        }
    }
    let Some((username, display_name)) = names.filter(|_| problems.is_empty()) else {
        return Ok(Err((problems, None)));
    };
    let by = record(AuditRecord::by_stranger(username.as_str()), asking);
    if let Some((team, access)) = team.as_ref().filter(|_| !typed.key.untried()) {
        let on_team = by.clone().on(team.slug.as_str());
        let tried = try_out(portal, access, on_team).await?;
        if tried.failure.is_some() {
            return Ok(Err((problems, Some(tried))));
        }
    }
    let password_hash = portal.passwords.hash(&typed.password.new).await?;
    let user = NewUser {
        username,
        display_name,
        site_admin: true,
        members: Vec::new(),
        password_hash,
    };
    Ok(Ok((user, team.map(|(team, _)| team), by)))
}
