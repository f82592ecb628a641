//! Submitting changes: the forms to add and release servers.

use axum::extract::State;
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{
    control::{ChangeCommand, MAX_ITEMS, SubmitOutcome},
    model::{ChangeAction, stated_reason},
    store,
    web::{
        AppState, Authorized, Error, LenientQuery, Result, access::ChangeControl, address,
        idempotency_token,
    },
};

use super::{
    confirm::{ConfirmError, confirmation},
    filter::ServerFilter,
    list::ListQuery,
    path, redirect,
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
    /// The members of each load balancer at the time of the confirmation.
    #[serde(default)]
    membership: Vec<String>,
}

/// The parameters of the pressed button, in the form's address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubmitQuery {
    /// `yes`: ask for confirmation.
    ask: String,
    /// `yes`: all servers that pass the list's filter instead of the selection.
    all: String,
}

/// Adds at once, unless the button asks for confirmation.
pub async fn add(
    who: Authorized<ChangeControl>,
    State(state): State<AppState>,
    LenientQuery(button): LenientQuery<SubmitQuery>,
    LenientQuery(list): LenientQuery<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let is_confirmed = button.ask != "yes";
    let change = PendingChange::new(ChangeAction::Add, form, &button, &list, &who);
    submit_or_confirm(change, is_confirmed, &who, &state).await
}

/// Releases with `confirm=yes`, and asks for confirmation otherwise.
pub async fn release(
    who: Authorized<ChangeControl>,
    State(state): State<AppState>,
    LenientQuery(button): LenientQuery<SubmitQuery>,
    LenientQuery(list): LenientQuery<ListQuery>,
    Form(form): Form<ChangeForm>,
) -> Result {
    let is_confirmed = form.confirm.as_deref() == Some("yes");
    let change = PendingChange::new(ChangeAction::Release, form, &button, &list, &who);
    submit_or_confirm(change, is_confirmed, &who, &state).await
}

/// A change before it is submitted.
pub struct PendingChange {
    pub action: ChangeAction,
    pub ids: Vec<String>,
    /// All servers that pass it, instead of `ids`.
    pub all_matching: Option<ServerFilter>,
    pub reason: String,
    /// The page that the form was on.
    pub back: String,
    token: String,
    membership: Vec<String>,
}

impl PendingChange {
    fn new(
        action: ChangeAction,
        form: ChangeForm,
        button: &SubmitQuery,
        list: &ListQuery,
        who: &Authorized<ChangeControl>,
    ) -> Self {
        Self {
            action,
            ids: form.id,
            all_matching: (button.all == "yes").then(|| list.filter()),
            reason: form.reason,
            back: back(who, form.back.as_deref()),
            token: form.token.unwrap_or_default(),
            membership: form.membership,
        }
    }

    /// The notice for a selection that cannot be submitted.
    fn notice(&self) -> Option<&'static str> {
        match self.ids.len() {
            0 if self.all_matching.is_none() => Some("nothing-chosen"),
            count if count > MAX_ITEMS => Some("too-many"),
            _ => None,
        }
    }
}

/// The list or the server page that the form was on.
fn back(who: &Authorized<ChangeControl>, sent: Option<&str>) -> String {
    let list = path(who.team());
    let is_below = |address: &&str| {
        let rest = address.strip_prefix(&list);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '/']))
    };
    let back = sent
        .and_then(address::local_path)
        .filter(is_below)
        .map(str::to_owned);
    back.unwrap_or(list)
}

async fn submit_or_confirm(
    change: PendingChange,
    is_confirmed: bool,
    who: &Authorized<ChangeControl>,
    state: &AppState,
) -> Result {
    if let Some(notice) = change.notice() {
        return Ok(redirect(&change.back, "notice", notice));
    }
    if !is_confirmed || change.all_matching.is_some() {
        return confirmation(change, None, who, state).await;
    }
    match submit(&change, who, state).await {
        Ok(request) => Ok(redirect(&change.back, "request", &request)),
        Err(SubmitError::Unconfirmed(error)) => confirmation(change, Some(error), who, state).await,
        Err(SubmitError::Failed(error)) => Err(error),
    }
}

enum SubmitError {
    /// Nothing was done; the user has to confirm again.
    Unconfirmed(ConfirmError),
    Failed(Error),
}

impl From<ConfirmError> for SubmitError {
    fn from(error: ConfirmError) -> Self {
        Self::Unconfirmed(error)
    }
}

impl From<store::Error> for SubmitError {
    fn from(error: store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// The id of the change request.
async fn submit(
    change: &PendingChange,
    who: &Authorized<ChangeControl>,
    state: &AppState,
) -> std::result::Result<String, SubmitError> {
    let (user, team) = (&who.user().id, who.team());
    let stated_reason = stated_reason(&change.reason).map_err(|_| ConfirmError::ReasonTooLong)?;
    if stated_reason.is_none() && team.reason_required {
        return Err(ConfirmError::NoReason.into());
    }
    let (keys, clock) = (state.store.keys(), &state.clock);
    let token = idempotency_token::accept(keys, clock, user, &team.id, &change.token)
        .ok_or(ConfirmError::NoToken)?;
    let command = ChangeCommand {
        team: team.clone(),
        user: user.clone(),
        action: change.action,
        stated_reason,
        ids: change.ids.clone(),
        shown: change.membership.iter().cloned().collect(),
        token,
        by: who.record(),
    };
    match state.control.submit(command).await? {
        SubmitOutcome::Request(id) => Ok(id),
        SubmitOutcome::OtherSelection(id) => Err(ConfirmError::TokenUsed(id).into()),
        SubmitOutcome::Changed => Err(ConfirmError::MembershipChanged.into()),
    }
}
