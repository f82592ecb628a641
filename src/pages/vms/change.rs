//! Adding and releasing: the forms that ask for it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{
    control::{Answer, Asked, MOST_ITEMS},
    model::{ControlAction, Refused, stated_reason},
    web::{
        Can, Error, Portal, Query, Result, access::ChangeControl, address, form_token, html,
        html_as,
    },
};

use super::{
    confirm::{Again, Draft, confirmation},
    list::{Filter, ListQuery},
    path,
};

#[derive(Debug, Deserialize)]
pub struct ChangeForm {
    #[serde(default)]
    id: Vec<String>,
    confirm: Option<String>,
    token: Option<String>,
    back: Option<String>,
    #[serde(default)]
    reason: String,
    /// What went along with each thing when it was shown to be confirmed.
    #[serde(default)]
    going: Vec<String>,
}

/// What the button that was pressed asks for beside the form, in its address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pressed {
    /// `yes`: ask before anything is done.
    ask: String,
    /// `yes`: not what is ticked but everything that the list's filter lets through.
    all: String,
}

/// Adds at once, unless the button asks first.
pub async fn add(
    who: Can<ChangeControl>,
    State(portal): State<Portal>,
    Query(pressed): Query<Pressed>,
    Query(list): Query<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let wanted = Wanted::new(ControlAction::Add, form, &pressed, list.filter());
    change(wanted, pressed.ask == "yes", &who, &portal).await
}

/// Without `confirm=yes` it asks first.
pub async fn release(
    who: Can<ChangeControl>,
    State(portal): State<Portal>,
    Query(pressed): Query<Pressed>,
    Query(list): Query<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let is_confirmed = form.confirm.as_deref() == Some("yes");
    let wanted = Wanted::new(ControlAction::Release, form, &pressed, list.filter());
    change(wanted, !is_confirmed, &who, &portal).await
}

struct Wanted {
    action: ControlAction,
    form: ChangeForm,
    /// In place of the form's choice: all that this lets through.
    all_of: Option<Filter>,
}

impl Wanted {
    fn new(action: ControlAction, form: ChangeForm, pressed: &Pressed, filter: Filter) -> Self {
        Self {
            action,
            form,
            all_of: (pressed.all == "yes").then_some(filter),
        }
    }
}

async fn change(wanted: Wanted, ask: bool, who: &Can<ChangeControl>, portal: &Portal) -> Result {
    let Wanted {
        action,
        form,
        all_of,
    } = wanted;
    let back = back(who, form.back.as_deref());
    if all_of.is_none() && form.id.is_empty() {
        return Ok(to(&back, "notice", "nothing-chosen"));
    }
    if form.id.len() > MOST_ITEMS {
        return Ok(to(&back, "notice", "too-many"));
    }
    let reason = stated_reason(&form.reason);
    let is_asked = ask || all_of.is_some();
    let again = if is_asked {
        None
    } else {
        match send(action, &form, reason, who, portal).await? {
            Ok(request) => return Ok(to(&back, "request", &request)),
            Err(again) => Some(again),
        }
    };
    let draft = Draft {
        action,
        ids: form.id,
        all_of,
        reason: form.reason,
        back: back.clone(),
    };
    let status = match again {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    match confirmation(draft, who, portal, again).await? {
        Ok(view) if status == StatusCode::OK => html(&view),
        Ok(view) => html_as(status, &view),
        Err(notice) => Ok(to(&back, "notice", notice)),
    }
}

/// The request that was made of the form, or why the form has to be shown once more.
async fn send(
    action: ControlAction,
    form: &ChangeForm,
    reason: std::result::Result<Option<String>, Refused>,
    who: &Can<ChangeControl>,
    portal: &Portal,
) -> std::result::Result<std::result::Result<String, Again>, Error> {
    let stated_reason = match reason {
        Err(_) => return Ok(Err(Again::ReasonTooLong)),
        Ok(None) if who.team().reason_required => return Ok(Err(Again::NoReason)),
        Ok(reason) => reason,
    };
    let (keys, clock) = (portal.store.keys(), &portal.clock);
    let (user, team) = (&who.user().id, who.team());
    let token = form.token.as_deref();
    let Some(token) = token.and_then(|it| form_token::accept(keys, clock, user, &team.id, it))
    else {
        return Ok(Err(Again::NoToken));
    };
    let asked = Asked {
        team: team.clone(),
        user: user.clone(),
        action,
        stated_reason,
        ids: form.id.clone(),
        shown: form.going.iter().cloned().collect(),
        token,
        by: who.record(),
    };
    Ok(match portal.control.submit(asked).await? {
        Answer::Request(id) => Ok(id),
        Answer::OtherSelection(id) => Err(Again::Used(id)),
        Answer::Changed => Err(Again::Changed),
    })
}

/// The list or the page of a server that the form stood on, as it was.
fn back(who: &Can<ChangeControl>, typed: Option<&str>) -> String {
    let list = path(who.team());
    typed
        .and_then(address::own)
        .filter(|typed| {
            let rest = typed.strip_prefix(&list);
            rest.is_some_and(|it| it.is_empty() || it.starts_with(['?', '/']))
        })
        .map_or(list, str::to_owned)
}

fn to(back: &str, parameter: &str, value: &str) -> Response {
    let sign = if back.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{back}{sign}{parameter}={value}")).into_response()
}
