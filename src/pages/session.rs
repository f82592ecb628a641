//! The session's end, and prolonging the session.

use askama::Template;
use axum::{
    Form,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::web::{
    Error, Layout, LenientQuery, MfaPendingUser, PeekedSession, Result, address, html,
    session::SessionEnd,
};

#[derive(Template)]
#[template(path = "session/show.html")]
struct Show {
    layout: Layout,
    end: SessionEnd,
    back: String,
    is_prolonged: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SessionQuery {
    back: String,
    flash: String,
}

/// Reading does not prolong the session. A script gets the times as JSON.
pub async fn show(
    PeekedSession(who): PeekedSession,
    headers: HeaderMap,
    LenientQuery(query): LenientQuery<SessionQuery>,
) -> Result {
    let end = who.session_end().ok_or(Error::SignIn)?;
    if wants_times(&headers) {
        return Ok(times(&end));
    }
    html(&Show {
        layout: who.layout(),
        end,
        back: address::local_path(&query.back).unwrap_or("/").to_owned(),
        is_prolonged: query.flash == "prolonged",
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ProlongForm {
    back: String,
}

/// Any request prolongs the session; this one does nothing else.
pub async fn prolong(
    who: std::result::Result<MfaPendingUser, Error>,
    headers: HeaderMap,
    Form(ProlongForm { back }): Form<ProlongForm>,
) -> Result {
    let back = address::local_path(&back).unwrap_or("/");
    let who = match who {
        Ok(who) => who,
        // Nothing was typed that could be lost.
        Err(Error::SignIn) => {
            let there = address::with_query("/login", &[("next", Some(back))]);
            return Ok(Redirect::to(&there).into_response());
        }
        Err(error) => return Err(error),
    };
    if wants_times(&headers) {
        return Ok(times(&who.session_end().ok_or(Error::SignIn)?));
    }
    let query = [("flash", Some("prolonged")), ("back", Some(back))];
    Ok(Redirect::to(&address::with_query("/session", &query)).into_response())
}

fn wants_times(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    accepted.is_some_and(|accepted| accepted.as_bytes() == b"application/json")
}

/// In milliseconds since 1970.
fn times(end: &SessionEnd) -> Response {
    let times = serde_json::json!({
        "now": end.now.millis(),
        "ends": end.at.millis(),
        "warned": end.warned.millis(),
        "latest": end.latest.millis(),
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (kind, times.to_string()).into_response()
}
