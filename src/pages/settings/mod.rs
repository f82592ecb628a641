//! A team's settings: members, key, and whether a control change needs a reason.

pub mod archive;
pub mod members;
pub mod retention;

use askama::Template;
use axum::{Form, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use crate::{
    model::{Role, UserId},
    store::{Member, Store},
    web::{
        AppState, Authorized, FormErrors, Layout, LenientQuery, Result,
        access::ManageTeam,
        flash::{self, FlashQuery},
        forms::team_key::{KeyForm, KeyView, test_stored},
        html, html_as,
    },
};

use members::NewMember;

#[derive(Template)]
#[template(path = "settings/show.html")]
struct Show {
    layout: Layout,
    path: String,
    members: Vec<Member>,
    /// No member changes their own role.
    me: UserId,
    typed: NewMember,
    errors: FormErrors,
    key: KeyView,
    reason_required: bool,
    flash: Option<&'static str>,
    roles: [Role; 4],
}

fn path(who: &Authorized<ManageTeam>) -> String {
    format!("/t/{}/settings", who.team().slug)
}

fn done(who: &Authorized<ManageTeam>, code: &str) -> Response {
    flash::redirect(&path(who), code)
}

/// The page without errors.
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
        flash: None,
        roles: Role::ALL,
    })
}

const FLASHES: [(&str, &str); 6] = [
    ("added", "member-is-added"),
    ("role", "member-role-is-changed"),
    ("removed", "member-is-removed"),
    ("gone", "member-unchanged"),
    ("key", "key-is-replaced"),
    ("reason", "reason-is-kept"),
];

pub async fn show(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    let flash = query.message(&FLASHES);
    let view = view(&who, &store).await?;
    html(&Show { flash, ..view })
}

pub async fn replace_key(
    who: Authorized<ManageTeam>,
    State(state): State<AppState>,
    Form(typed): Form<KeyForm>,
) -> Result {
    match typed.replace(&state, who.team(), &who.record()).await {
        Ok(()) => Ok(done(&who, "key")),
        Err(error) => {
            let again = async |rejected| {
                let view = view(&who, &state.store).await?;
                let key = view.key.rejected(rejected);
                html_as(StatusCode::UNPROCESSABLE_ENTITY, &Show { key, ..view })
            };
            error.show(again).await
        }
    }
}

pub async fn test_key(who: Authorized<ManageTeam>, State(state): State<AppState>) -> Result {
    let test = test_stored(&state, who.team(), &who.record()).await?;
    let mut view = view(&who, &state.store).await?;
    view.key.test = Some(test);
    html(&view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReasonForm {
    required: String,
}

pub async fn require_reason(
    who: Authorized<ManageTeam>,
    State(store): State<Store>,
    Form(typed): Form<ReasonForm>,
) -> Result {
    let required = typed.required == "yes";
    if required != who.team().reason_required {
        let by = who.record();
        store.require_reason(who.team(), required, &by).await?;
    }
    Ok(done(&who, "reason"))
}
