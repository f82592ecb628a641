//! How long one stays signed in, and staying so for longer.

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
    /// It was prolonged just now.
    is_prolonged: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SessionQuery {
    back: String,
    done: String,
}

/// Looking at it does not prolong it. A script gets the times alone.
pub async fn show(
    PeekedSession(who): PeekedSession,
    headers: HeaderMap,
    LenientQuery(asked): LenientQuery<SessionQuery>,
) -> Result {
    let end = who.session_end().ok_or(Error::SignIn)?;
    if wants_times(&headers) {
        return Ok(times(&end));
    }
    html(&Show {
        layout: who.layout(),
        end,
        back: address::own(&asked.back).unwrap_or("/").to_owned(),
        is_prolonged: asked.done == "yes",
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Prolonged {
    back: String,
}

/// Any other request prolongs a session; this asks for nothing else.
pub async fn prolong(
    who: std::result::Result<MfaPendingUser, Error>,
    headers: HeaderMap,
    Form(Prolonged { back }): Form<Prolonged>,
) -> Result {
    let back = address::own(&back).unwrap_or("/");
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
    let told = [("done", Some("yes")), ("back", Some(back))];
    Ok(Redirect::to(&address::with_query("/session", &told)).into_response())
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
