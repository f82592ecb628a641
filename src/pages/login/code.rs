//! The second step of signing in: a one-time code, or a recovery code in its place.

use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::second_factor::{self, AcceptedCode, CodeError},
    model::{Actor, User, Via},
    web::{
        AppState, Layout, LenientQuery, Result, address, context::RequestContext,
        cookies::PortalCookie, error::whole_seconds, html, html_as,
    },
};

use super::{VerifiedLogin, credentials_changed, local_next, rate_limited, start_session};

#[derive(Template)]
#[template(path = "login/code.html")]
struct CodeForm {
    layout: Layout,
    username: String,
    next: String,
    problem: Option<CodeError>,
}

impl CodeForm {
    /// How many seconds to wait.
    fn wait(&self) -> Option<u64> {
        match self.problem {
            Some(CodeError::Wait(wait)) => Some(whole_seconds(wait)),
            _ => None,
        }
    }
}

/// Leads to the form for the code.
pub(super) async fn ask(
    state: &AppState,
    context: &RequestContext,
    login: &VerifiedLogin<'_>,
) -> Result {
    let user = login.user;
    let Some(id) = state.store.start_mfa_challenge(user).await? else {
        return credentials_changed(state, context, user, login.next).await;
    };
    if let Some(id_token) = &login.id_token {
        let kept = state.store.keep_id_token(&id, &user.id, id_token);
        kept.await?;
    }
    let cookies = CookieJar::new().add(PortalCookie::Mfa.with_value(state.https, id, None));
    let there = address::with_query("/login/code", &[("next", Some(login.next))]);
    Ok((cookies, Redirect::to(&there)).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeQuery {
    next: String,
}

pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    cookies: CookieJar,
    LenientQuery(CodeQuery { next }): LenientQuery<CodeQuery>,
) -> Result {
    let next = local_next(Some(&next));
    let Some((user, _)) = challenged_user(&state, &cookies).await? else {
        return Ok(expired(&next));
    };
    html(&CodeForm {
        layout: Layout::anonymous(&context),
        username: user.username.to_string(),
        next,
        problem: None,
    })
}

#[derive(Deserialize)]
pub struct CodeInput {
    code: String,
    next: Option<String>,
}

pub async fn sign_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    cookies: CookieJar,
    session: Session,
    Form(typed): Form<CodeInput>,
) -> Result {
    let next = local_next(typed.next.as_deref());
    let Some((user, id)) = challenged_user(&state, &cookies).await? else {
        return Ok(expired(&next));
    };
    let by = context.record(Actor::user(&user, Via::Anonymous));
    let from = (&user, context.client);
    let checked = second_factor::check(&state.store, &state.clock, from, &typed.code, &by);
    let given = match checked.await {
        Ok(given) => given,
        Err(CodeError::Store(error)) => return Err(error.into()),
        Err(problem) => return again(&context, &user, next, problem),
    };
    if !state.store.end_mfa_challenge(&id).await? {
        return Ok(expired(&next));
    }
    let next = after(given, next);
    let login = VerifiedLogin {
        user: &user,
        next: &next,
        identity: None,
        id_token: state.store.take_id_token(&id).await?,
    };
    let answer = start_session(&state, &context, &session, login).await?;
    Ok((PortalCookie::Mfa.removed_from(cookies, state.https), answer).into_response())
}

/// A used recovery code is pointed out first.
fn after(given: AcceptedCode, next: String) -> String {
    match given {
        AcceptedCode::OneTime => next,
        AcceptedCode::Recovery(_) => {
            let query = [("flash", Some("recovered")), ("next", Some(next.as_str()))];
            address::with_query("/account/second-factor", &query)
        }
    }
}

/// The user with a pending MFA challenge in this browser, and the challenge's id.
async fn challenged_user(state: &AppState, cookies: &CookieJar) -> Result<Option<(User, String)>> {
    let Some(id) = PortalCookie::Mfa.read(cookies, state.https) else {
        return Ok(None);
    };
    let user = state.store.mfa_challenge_user(id).await?;
    Ok(user.map(|user| (user, id.to_owned())))
}

fn again(context: &RequestContext, user: &User, next: String, problem: CodeError) -> Result {
    let view = CodeForm {
        layout: Layout::anonymous(context),
        username: user.username.to_string(),
        next,
        problem: Some(problem),
    };
    match view.wait() {
        Some(seconds) => rate_limited(seconds, &view),
        None => html_as(StatusCode::UNPROCESSABLE_ENTITY, &view),
    }
}

/// Back to the first step.
fn expired(next: &str) -> Response {
    let query = [("error", Some("expired")), ("next", Some(next))];
    Redirect::to(&address::with_query("/login", &query)).into_response()
}
