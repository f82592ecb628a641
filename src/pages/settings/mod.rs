//! A team's settings, for those who manage it: its members, its key, and whether a change needs a reason.

pub mod members;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    model::{Role, UserId},
    store::{Member, Store},
    web::{
        AppState, Authorized, FormErrors, Layout, LenientQuery, Result, access::ManageTeam, html_as,
    },
};

use super::team_key::{KeyForm, KeyView, replace, try_present};
use members::NewMember;

#[derive(Template)]
#[template(path = "settings/show.html")]
struct Show {
    layout: Layout,
    path: String,
    members: Vec<Member>,
    /// Nobody takes their own right away.
    me: UserId,
    typed: NewMember,
    errors: FormErrors,
    key: KeyView,
    reason_required: bool,
    /// A message after a change.
    done: Option<&'static str>,
    roles: [Role; 4],
}

fn path(who: &Authorized<ManageTeam>) -> String {
    format!("/t/{}/settings", who.team().slug)
}

fn done(who: &Authorized<ManageTeam>, done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}", path(who))).into_response()
}

/// The page as it is shown first; handlers put into it what went wrong.
async fn view(who: &Authorized<ManageTeam>, store: &Store) -> Result<Show> {
    let team = who.team();
    Ok(Show {
        layout: who.layout(),
        path: path(who),
        members: store.members(&team.id).await?,
        me: who.user().id.clone(),
        typed: NewMember::default(),
        errors: FormErrors::default(),
        key: KeyView::new(store, team, format!("{}/key", path(who))).await?,
        reason_required: team.reason_required,
        done: None,
        roles: Role::ALL,
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    LenientQuery(query): LenientQuery<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "added" => Some("member-is-added"),
        "role" => Some("member-role-is-changed"),
        "removed" => Some("member-is-removed"),
        "gone" => Some("member-unchanged"),
        "key" => Some("key-is-replaced"),
        "reason" => Some("reason-is-kept"),
        _ => None,
    };
    let view = view(&who, &store).await?;
    html_as(StatusCode::OK, &Show { done, ..view })
}

pub async fn replace_key(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
    Form(typed): Form<KeyForm>,
) -> Result {
    let refused = match replace(&state, who.team(), &typed, &who.record()).await? {
        Ok(()) => return Ok(done(&who, "key")),
        Err(refused) => refused,
    };
    let mut view = view(&who, &state.store).await?;
    view.key.refuse(refused);
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

pub async fn try_key(who: Authorized<ManageTeam>, State(state): State<AppState>) -> Result {
    let tried = try_present(&state, who.team(), &who.record()).await?;
    let mut view = view(&who, &state.store).await?;
    view.key.tried = Some(tried);
    html_as(StatusCode::OK, &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Switch {
    required: String,
}

pub async fn require_reason(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    Form(switch): Form<Switch>,
) -> Result {
    let required = switch.required == "yes";
    if required != who.team().reason_required {
        let by = who.record();
        store.require_reason(who.team(), required, &by).await?;
    }
    Ok(done(&who, "reason"))
}
