//! Adding and releasing: the forms that ask for it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{
    control::{ChangeCommand, MAX_ITEMS, SubmitOutcome},
    model::{ChangeAction, ParseError, stated_reason},
    web::{
        AppState, Authorized, Error, LenientQuery, Result, access::ChangeControl, address, html,
        html_as, idempotency_token,
    },
};

use super::{
    confirm::{ConfirmError, PendingChange, confirmation},
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
pub struct SubmitQuery {
    /// `yes`: ask before anything is done.
    ask: String,
    /// `yes`: not what is ticked but everything that the list's filter lets through.
    all: String,
}

/// Adds at once, unless the button asks first.
pub async fn add(
    who: Authorized<ChangeControl>,
    State(state): State<AppState>,
    LenientQuery(pressed): LenientQuery<SubmitQuery>,
    LenientQuery(list): LenientQuery<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let wanted = WantedChange::new(ChangeAction::Add, form, &pressed, list.filter());
    change(wanted, pressed.ask == "yes", &who, &state).await
}

/// Without `confirm=yes` it asks first.
pub async fn release(
    who: Authorized<ChangeControl>,
    State(state): State<AppState>,
    LenientQuery(pressed): LenientQuery<SubmitQuery>,
    LenientQuery(list): LenientQuery<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let is_confirmed = form.confirm.as_deref() == Some("yes");
    let wanted = WantedChange::new(ChangeAction::Release, form, &pressed, list.filter());
    change(wanted, !is_confirmed, &who, &state).await
}

struct WantedChange {
    action: ChangeAction,
    form: ChangeForm,
    /// In place of the form's choice: all that this lets through.
    all_of: Option<Filter>,
}

impl WantedChange {
    fn new(action: ChangeAction, form: ChangeForm, pressed: &SubmitQuery, filter: Filter) -> Self {
        Self {
            action,
            form,
            all_of: (pressed.all == "yes").then_some(filter),
        }
    }
}

async fn change(
    wanted: WantedChange,
    ask: bool,
    who: &Authorized<ChangeControl>,
    state: &AppState,
) -> Result {
    let WantedChange {
        action,
        form,
        all_of,
    } = wanted;
    let back = back(who, form.back.as_deref());
    if all_of.is_none() && form.id.is_empty() {
        return Ok(to(&back, "notice", "nothing-chosen"));
    }
    if form.id.len() > MAX_ITEMS {
        return Ok(to(&back, "notice", "too-many"));
    }
    let reason = stated_reason(&form.reason);
    let is_asked = ask || all_of.is_some();
    let again = if is_asked {
        None
    } else {
        match send(action, &form, reason, who, state).await? {
            Ok(request) => return Ok(to(&back, "request", &request)),
            Err(again) => Some(again),
        }
    };
    let draft = PendingChange {
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
    match confirmation(draft, who, state, again).await? {
        Ok(view) if status == StatusCode::OK => html(&view),
        Ok(view) => html_as(status, &view),
        Err(notice) => Ok(to(&back, "notice", notice)),
    }
}

/// The request that was made of the form, or why the form has to be shown once more.
async fn send(
    action: ChangeAction,
    form: &ChangeForm,
    reason: std::result::Result<Option<String>, ParseError>,
    who: &Authorized<ChangeControl>,
    state: &AppState,
) -> std::result::Result<std::result::Result<String, ConfirmError>, Error> {
    let stated_reason = match reason {
        Err(_) => return Ok(Err(ConfirmError::ReasonTooLong)),
        Ok(None) if who.team().reason_required => return Ok(Err(ConfirmError::NoReason)),
        Ok(reason) => reason,
    };
    let (keys, clock) = (state.store.keys(), &state.clock);
    let (user, team) = (&who.user().id, who.team());
    let token = form.token.as_deref();
    let Some(token) =
        token.and_then(|token| idempotency_token::accept(keys, clock, user, &team.id, token))
    else {
        return Ok(Err(ConfirmError::NoToken));
    };
    let asked = ChangeCommand {
        team: team.clone(),
        user: user.clone(),
        action,
        stated_reason,
        ids: form.id.clone(),
        shown: form.going.iter().cloned().collect(),
        token,
        by: who.record(),
    };
    Ok(match state.control.submit(asked).await? {
        SubmitOutcome::Request(id) => Ok(id),
        SubmitOutcome::OtherSelection(id) => Err(ConfirmError::Used(id)),
        SubmitOutcome::Changed => Err(ConfirmError::Changed),
    })
}

/// The list or the page of a server that the form stood on, as it was.
fn back(who: &Authorized<ChangeControl>, typed: Option<&str>) -> String {
    let list = path(who.team());
    typed
        .and_then(address::local_path)
        .filter(|typed| {
            let rest = typed.strip_prefix(&list);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/']))
        })
        .map_or(list, str::to_owned)
}

fn to(back: &str, parameter: &str, value: &str) -> Response {
    let sign = if back.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{back}{sign}{parameter}={value}")).into_response()
}
