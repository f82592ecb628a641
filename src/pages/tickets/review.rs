//! The review of tickets: marks, assignees and notes.

use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::{
    model::TicketId,
    store::{ArchivedTicket, NoteEdit},
    web::{
        AppState, Authorized, Error, Result,
        access::ReviewTickets,
        html_as,
        list::{ListRequest, with_query},
        state::PublicUrl,
    },
};

use super::show::{ReviewState, Show};

/// Of a note, in characters.
const MAX_NOTE: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReviewForm {
    reviewed: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SelectionForm {
    id: Vec<String>,
    reviewed: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AssignForm {
    assignee: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    text: String,
    /// The note to edit, and the version that was shown.
    note: String,
    version: i64,
}

/// A form on a ticket's page: who sent it, and where the page is.
pub struct TicketForm {
    state: AppState,
    public_url: PublicUrl,
    who: Authorized<ReviewTickets>,
    id: TicketId,
    request: ListRequest<ArchivedTicket>,
}

impl TicketForm {
    /// The form of a ticket that the archive holds.
    async fn load(
        who: Authorized<ReviewTickets>,
        state: AppState,
        public_url: PublicUrl,
        id: &str,
        request: ListRequest<ArchivedTicket>,
    ) -> Result<Self> {
        let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
        let known = state.store.archived_ticket(&who.team().id, &id).await?;
        known.ok_or(Error::NotFound)?;
        Ok(Self {
            state,
            public_url,
            who,
            id,
            request,
        })
    }

    /// Back to the ticket, which says what was done.
    fn done(&self, code: &str) -> Response {
        let path = format!("/t/{}/tickets/{}", self.who.team().slug, self.id);
        redirect(&path, &self.request, code)
    }

    /// The ticket again, with the reason why nothing was done.
    async fn again(self, status: StatusCode, review: ReviewState) -> Result {
        let Self {
            state,
            public_url,
            who,
            id,
            request,
        } = self;
        let view = Show::load(&who, &state, &public_url, id, request).await?;
        html_as(status, &view.with_review(review))
    }

    async fn invalid(self, error: &'static str) -> Result {
        let review = ReviewState {
            error: Some(error),
            ..ReviewState::default()
        };
        self.again(StatusCode::UNPROCESSABLE_ENTITY, review).await
    }
}

fn redirect(path: &str, request: &ListRequest<ArchivedTicket>, code: &str) -> Response {
    let address = with_query(path, &request.query);
    let sign = if address.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{address}{sign}flash={code}")).into_response()
}

pub async fn review(
    who: Authorized<ReviewTickets>,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    Path((_, id)): Path<(String, String)>,
    request: ListRequest<ArchivedTicket>,
    Form(form): Form<ReviewForm>,
) -> Result {
    let ticket = TicketForm::load(who, state, public_url, &id, request).await?;
    let is_reviewed = match form.reviewed.as_str() {
        "yes" => true,
        "no" => false,
        _ => return ticket.invalid("ticket-review-unknown").await,
    };
    let (team, by) = (&ticket.who.team().id, ticket.who.record());
    let ids = std::slice::from_ref(&ticket.id);
    let store = &ticket.state.store;
    store.review_tickets(team, ids, is_reviewed, &by).await?;
    Ok(ticket.done(if is_reviewed { "reviewed" } else { "reopened" }))
}

/// Marks the chosen tickets of a list.
pub async fn review_selection(
    who: Authorized<ReviewTickets>,
    State(state): State<AppState>,
    request: ListRequest<ArchivedTicket>,
    Form(form): Form<SelectionForm>,
) -> Result {
    let ids = form.id.iter().filter_map(|id| id.parse().ok());
    let ids: Vec<TicketId> = ids.collect();
    let is_reviewed = form.reviewed != "no";
    let (team, by) = (who.team(), who.record());
    state
        .store
        .review_tickets(&team.id, &ids, is_reviewed, &by)
        .await?;
    let code = match (ids.is_empty(), is_reviewed) {
        (true, _) => "nothing-chosen",
        (false, true) => "reviewed",
        (false, false) => "reopened",
    };
    let list = format!("/t/{}/tickets", team.slug);
    Ok(redirect(&list, &request, code))
}

pub async fn assign(
    who: Authorized<ReviewTickets>,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    Path((_, id)): Path<(String, String)>,
    request: ListRequest<ArchivedTicket>,
    Form(form): Form<AssignForm>,
) -> Result {
    let ticket = TicketForm::load(who, state, public_url, &id, request).await?;
    let team = &ticket.who.team().id;
    let name = form.assignee.trim();
    let members = ticket.state.store.members(team).await?;
    let mut members = members.iter();
    let member = members.find(|member| member.user.username.as_str() == name);
    let assignee = match (member, name) {
        (Some(member), _) => Some(&member.user),
        (None, "" | "none") => None,
        (None, _) => return ticket.invalid("ticket-assignee-unknown").await,
    };
    let by = ticket.who.record();
    let store = &ticket.state.store;
    store.assign_ticket(team, &ticket.id, assignee, &by).await?;
    Ok(ticket.done("assigned"))
}

/// Adds a note, or replaces the text of one.
pub async fn note(
    who: Authorized<ReviewTickets>,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    Path((_, id)): Path<(String, String)>,
    request: ListRequest<ArchivedTicket>,
    Form(form): Form<NoteForm>,
) -> Result {
    let ticket = TicketForm::load(who, state, public_url, &id, request).await?;
    let text = form.text.replace("\r\n", "\n");
    let text = text.trim();
    let error = match text.chars().count() {
        0 => Some("note-empty"),
        length if length > MAX_NOTE => Some("note-too-long"),
        _ => None,
    };
    let (status, error) = match error {
        Some(error) => (StatusCode::UNPROCESSABLE_ENTITY, error),
        None => match ticket.save_note(&form, text).await? {
            NoteEdit::Saved => return Ok(ticket.done("noted")),
            NoteEdit::NotFound => return Err(Error::NotFound),
            NoteEdit::Conflict => (StatusCode::CONFLICT, "note-conflict"),
        },
    };
    let review = ReviewState {
        message: None,
        error: Some(error),
        text: form.text,
        note: form.note,
    };
    ticket.again(status, review).await
}

impl TicketForm {
    async fn save_note(&self, form: &NoteForm, text: &str) -> Result<NoteEdit> {
        let (team, by) = (&self.who.team().id, self.who.record());
        let (store, author) = (&self.state.store, self.who.user());
        if form.note.is_empty() {
            let added = store.add_note(team, &self.id, text, author, &by).await?;
            return Ok(if added {
                NoteEdit::Saved
            } else {
                NoteEdit::NotFound
            });
        }
        let note = (form.note.as_str(), form.version);
        Ok(store
            .edit_note(team, &self.id, note, text, author, &by)
            .await?)
    }
}
