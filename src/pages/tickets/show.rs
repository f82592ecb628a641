//! One ticket: its sanitized parts, and the source of each part.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use serde::Deserialize;

use crate::{
    model::{TicketDetail, TicketId},
    sanitizer::{SafeHtml, SafeTicket, Sanitizer},
    secmon::{self, Secmon},
    store::{Action, Outcome, Store},
    web::{
        AppState, Authorized, Error, Layout, LenientQuery, Result, access::ReadTeam, address, html,
        pagination::PageQuery,
    },
};

#[derive(Template)]
#[template(path = "tickets/show.html")]
struct Show {
    layout: Layout,
    id: TicketId,
    /// The page of the list that led here.
    back: String,
    ticket: Arc<SafeTicket>,
}

impl Show {
    /// The parts below the heading: message key, code, HTML.
    fn sections(&self) -> [(&'static str, &'static str, &SafeHtml); 4] {
        let ticket = &self.ticket;
        [
            ("ticket-description", "description", &ticket.description),
            ("ticket-summary", "summary", &ticket.summary),
            ("ticket-analysis", "analysis", &ticket.analysis),
            (
                "ticket-deep-analysis",
                "deep-analysis",
                &ticket.deep_analysis,
            ),
        ]
    }

    fn raw_address(&self, part: &str) -> String {
        let path = format!("{}/raw", self.layout.path());
        address::with_query(&path, &[("part", Some(part))])
    }
}

pub async fn show(
    who: Authorized<ReadTeam>,
    State(store): State<Store>,
    State(secmon): State<Secmon>,
    State(sanitizer): State<Sanitizer>,
    Path((_, id)): Path<(String, String)>,
    LenientQuery(query): LenientQuery<PageQuery>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let access = store.api_access(who.team()).await?;
    let ticket = secmon.ticket(&access, &id).await.map_err(no_such_ticket)?;
    let ticket = sanitizer.ticket(ticket).await.map_err(Error::internal)?;
    let list = format!("/t/{}/tickets", who.team().slug);
    html(&Show {
        layout: query.layout(who.layout()),
        id,
        back: query.address(&list),
        ticket,
    })
}

/// The API has no such ticket: 404.
fn no_such_ticket(error: secmon::Error) -> Error {
    match error {
        secmon::Error::HttpStatus { status: 404, .. } => Error::NotFound,
        other => other.into(),
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct RawQuery {
    part: String,
}

impl RawQuery {
    fn source(&self, ticket: TicketDetail) -> Option<String> {
        match self.part.as_str() {
            "name" => ticket.name,
            "description" => ticket.description,
            "summary" => ticket.summary,
            "analysis" => ticket.analysis,
            "deep-analysis" => ticket.deep_analysis,
            _ => None,
        }
    }
}

/// The source of a part as a text file, for parts that the page truncates.
pub async fn raw(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
    LenientQuery(query): LenientQuery<RawQuery>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let access = state.store.api_access(who.team()).await?;
    let ticket = state.secmon.ticket(&access, &id).await;
    let source = query.source(ticket.map_err(no_such_ticket)?);
    let source = source.ok_or(Error::NotFound)?;
    let record = who.record().on_team(&who.team().id, &who.layout().address);
    let recorded = state.store.audit(&record, Action::Exported, Outcome::Done);
    recorded.await?;
    let name = format!("secmon-{}-ticket-{id}-{}.txt", who.team().slug, query.part);
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(Error::internal)?;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = [
        (header::CONTENT_TYPE, text),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, source).into_response())
}
