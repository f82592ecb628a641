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

use super::{Proven, credentials_changed, enter, own, wait_before};

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodeForm {
    layout: Layout,
    username: String,
    next: String,
    problem: Option<CodeError>,
}

impl CodeForm {
    fn wait(&self) -> Option<u64> {
        match self.problem {
            Some(CodeError::Wait(wait)) => Some(whole_seconds(wait)),
            _ => None,
        }
    }
}

/// Leads somebody who has given the first proof to the form for the code.
pub(super) async fn ask(state: &AppState, context: &RequestContext, proven: &Proven<'_>) -> Result {
    let user = proven.user;
    let Some(id) = state.store.start_mfa_challenge(user).await? else {
        return credentials_changed(state, context, user, proven.next).await;
    };
    if let Some(id_token) = &proven.id_token {
        let kept = state.store.keep_id_token(&id, &user.id, id_token);
        kept.await?;
    }
    let cookies = CookieJar::new().add(PortalCookie::Mfa.with_value(state.https, id, None));
    let there = address::with_query("/login/code", &[("next", Some(proven.next))]);
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
    let next = own(Some(&next));
    let Some((user, _)) = begun(&state, &cookies).await? else {
        return Ok(late(&next));
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
    let next = own(typed.next.as_deref());
    let Some((user, id)) = begun(&state, &cookies).await? else {
        return Ok(late(&next));
    };
    let given = match check(&state, &context, &user, &typed.code).await {
        Ok(given) => given,
        Err(CodeError::Store(error)) => return Err(error.into()),
        Err(problem) => return again(&context, &user, next, problem),
    };
    if !state.store.end_mfa_challenge(&id).await? {
        return Ok(late(&next));
    }
    let next = match given {
        AcceptedCode::OneTime => next,
        AcceptedCode::Recovery(_) => {
            let told = [("done", Some("recovered")), ("next", Some(next.as_str()))];
            address::with_query("/account/second-factor", &told)
        }
    };
    let proven = Proven {
        user: &user,
        next: &next,
        identity: None,
        id_token: state.store.take_id_token(&id).await?,
    };
    let answer = enter(&state, &context, &session, proven).await?;
    Ok((PortalCookie::Mfa.removed_from(cookies, state.https), answer).into_response())
}

/// Who has given their password in this browser, not long ago, and the name of that step.
async fn begun(state: &AppState, cookies: &CookieJar) -> Result<Option<(User, String)>> {
    let Some(id) = PortalCookie::Mfa.read(cookies, state.https) else {
        return Ok(None);
    };
    let user = state.store.mfa_challenge_user(id).await?;
    Ok(user.map(|user| (user, id.to_owned())))
}

async fn check(
    state: &AppState,
    context: &RequestContext,
    user: &User,
    code: &str,
) -> std::result::Result<AcceptedCode, CodeError> {
    let by = context.record(Actor::user(user, Via::Anonymous));
    let who = (user, context.client);
    second_factor::check(&state.store, &state.clock, who, code, &by).await
}

fn again(context: &RequestContext, user: &User, next: String, problem: CodeError) -> Result {
    let view = CodeForm {
        layout: Layout::anonymous(context),
        username: user.username.to_string(),
        next,
        problem: Some(problem),
    };
    match view.wait() {
        Some(seconds) => wait_before(seconds, &view),
        None => html_as(StatusCode::UNPROCESSABLE_ENTITY, &view),
    }
}

/// Back to the first step.
fn late(next: &str) -> Response {
    let query = [("late", Some("yes")), ("next", Some(next))];
    let there = address::with_query("/login", &query);
    Redirect::to(&there).into_response()
}
