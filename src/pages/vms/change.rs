//! Adding and releasing: the forms that ask for it, and the page that asks back.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{
    control::{Answer, Asked, MOST_ITEMS, going, plan},
    model::Server,
    store::{ControlAction, ControlItem},
    web::{Can, Page, Portal, Result, access::ChangeControl, address, form_token, html, html_as},
};

use super::path;

#[derive(Debug, Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    id: Vec<String>,
    confirm: Option<String>,
    token: Option<String>,
    back: Option<String>,
    /// What went along with each thing when it was shown to be confirmed.
    #[serde(default)]
    going: Vec<String>,
}

/// Why the form is shown once more. Nothing was done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Again {
    /// It came without a token, or with one that is too old or another's.
    NoToken,
    /// It was sent before with another choice, as the request with that id.
    Used(String),
    /// Other VMs would go along than were shown.
    Changed,
}

impl Again {
    fn message(&self) -> &'static str {
        match self {
            Self::NoToken => "confirm-no-token",
            Self::Used(_) => "confirm-used",
            Self::Changed => "confirm-changed",
        }
    }

    fn request(&self) -> Option<&str> {
        match self {
            Self::Used(id) => Some(id),
            _ => None,
        }
    }
}

/// What would be done, to be confirmed.
#[derive(Template)]
#[template(path = "vms/confirm.html")]
struct Confirm {
    page: Page,
    action: ControlAction,
    /// What would be sent, each with the VMs that go along.
    sendable: Vec<(ControlItem, Server)>,
    /// What would not, with the reason.
    others: Vec<ControlItem>,
    servers: usize,
    token: String,
    back: String,
    going: Vec<String>,
    again: Option<Again>,
}

pub async fn add(
    who: Can<ChangeControl>,
    State(portal): State<Portal>,
    Form(form): Form<ChangeForm>,
) -> Result {
    change(ControlAction::Add, &who, &portal, form).await
}

/// Without `confirm=yes` it asks first.
pub async fn release(
    who: Can<ChangeControl>,
    State(portal): State<Portal>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let action = ControlAction::Release;
    let sendable = (1..=MOST_ITEMS).contains(&form.id.len());
    if sendable && form.confirm.as_deref() != Some("yes") {
        let view = confirmation(action, &who, &portal, form, None).await?;
        return html(&view);
    }
    change(action, &who, &portal, form).await
}

async fn change(
    action: ControlAction,
    who: &Can<ChangeControl>,
    portal: &Portal,
    form: ChangeForm,
) -> Result {
    let back = back(who, form.back.as_deref());
    if form.id.is_empty() {
        return Ok(to(&back, "notice", "nothing-chosen"));
    }
    if form.id.len() > MOST_ITEMS {
        return Ok(to(&back, "notice", "too-many"));
    }
    let (keys, clock) = (portal.store.keys(), &portal.clock);
    let (user, team) = (&who.user().id, who.team());
    let token = form.token.as_deref();
    let token = token.and_then(|it| form_token::accept(keys, clock, user, &team.id, it));
    let again = if let Some(token) = token {
        let asked = Asked {
            team: team.clone(),
            user: user.clone(),
            action,
            ids: form.id.clone(),
            shown: form.going.iter().cloned().collect(),
            token,
            by: who.record(),
        };
        match portal.control.submit(asked).await? {
            Answer::Request(id) => return Ok(to(&back, "request", &id)),
            Answer::OtherSelection(id) => Again::Used(id),
            Answer::Changed => Again::Changed,
        }
    } else {
        Again::NoToken
    };
    let view = confirmation(action, who, portal, form, Some(again)).await?;
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

async fn confirmation(
    action: ControlAction,
    who: &Can<ChangeControl>,
    portal: &Portal,
    form: ChangeForm,
    again: Option<Again>,
) -> Result<Confirm> {
    let access = portal.store.api_access(who.team()).await?;
    let fleet = portal.secmon.fleet(&access).await?;
    let (mut items, servers) = plan(action, &form.id, Ok(&fleet));
    let others = items.split_off(servers.len());
    let (keys, clock) = (portal.store.keys(), &portal.clock);
    Ok(Confirm {
        page: who.page(),
        action,
        servers: servers.iter().map(|server| server.vms().len()).sum(),
        going: servers.iter().map(going).collect(),
        sendable: items.into_iter().zip(servers).collect(),
        others,
        token: form_token::issue(keys, clock, &who.user().id, &who.team().id),
        back: back(who, form.back.as_deref()),
        again,
    })
}

/// The list that the form stood on, as it was.
fn back(who: &Can<ChangeControl>, typed: Option<&str>) -> String {
    let list = path(who.team());
    typed
        .and_then(address::own)
        .filter(|typed| *typed == list || typed.starts_with(&format!("{list}?")))
        .map_or(list, str::to_owned)
}

fn to(back: &str, parameter: &str, value: &str) -> axum::response::Response {
    let sign = if back.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{back}{sign}{parameter}={value}")).into_response()
}
