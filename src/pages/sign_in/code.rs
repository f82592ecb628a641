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
    credentials::second_factor::{self, Given, NotGiven},
    model::User,
    store::AuditRecord,
    web::{
        Page, Portal, Query, Result, access::record, address, asking::Asking,
        cookies::PortalCookie, error::whole_seconds, html, html_as,
    },
};

use super::{Proven, credentials_changed, enter, own, wait_before};

#[derive(Template)]
#[template(path = "sign_in/code.html")]
struct CodeForm {
    page: Page,
    username: String,
    next: String,
    problem: Option<NotGiven>,
}

impl CodeForm {
    fn wait(&self) -> Option<u64> {
        match self.problem {
            Some(NotGiven::Wait(wait)) => Some(whole_seconds(wait)),
            _ => None,
        }
    }
}

/// Leads somebody who has given the first proof to the form for the code.
pub(super) async fn ask(portal: &Portal, asking: &Asking, proven: &Proven<'_>) -> Result {
    let user = proven.user;
    let Some(id) = portal.store.begin_second_step(user).await? else {
        return credentials_changed(portal, asking, user, proven.next).await;
    };
    if let Some(id_token) = &proven.id_token {
        let kept = portal.store.keep_id_token(&id, &user.id, id_token);
        kept.await?;
    }
    let cookies = CookieJar::new().add(PortalCookie::Mfa.with_value(portal.https, id, None));
    let there = address::with_query("/login/code", &[("next", Some(proven.next))]);
    Ok((cookies, Redirect::to(&there)).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

pub async fn form(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    cookies: CookieJar,
    Query(Asked { next }): Query<Asked>,
) -> Result {
    let next = own(Some(&next));
    let Some((user, _)) = begun(&portal, &cookies).await? else {
        return Ok(late(&next));
    };
    html(&CodeForm {
        page: Page::anonymous(&asking),
        username: user.username.to_string(),
        next,
        problem: None,
    })
}

#[derive(Deserialize)]
pub struct Typed {
    code: String,
    next: Option<String>,
}

pub async fn sign_in(
    State(portal): State<Portal>,
    Extension(asking): Extension<Asking>,
    cookies: CookieJar,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result {
    let next = own(typed.next.as_deref());
    let Some((user, id)) = begun(&portal, &cookies).await? else {
        return Ok(late(&next));
    };
    let given = match check(&portal, &asking, &user, &typed.code).await? {
        Ok(given) => given,
        Err(problem) => return again(&asking, &user, next, problem),
    };
    if !portal.store.end_second_step(&id).await? {
        return Ok(late(&next));
    }
    let next = match given {
        Given::Code => next,
        Given::RecoveryCode(_) => {
            let told = [("done", Some("recovered")), ("next", Some(next.as_str()))];
            address::with_query("/account/second-factor", &told)
        }
    };
    let proven = Proven {
        user: &user,
        next: &next,
        identity: None,
        id_token: portal.store.take_id_token(&id).await?,
    };
    let answer = enter(&portal, &asking, &session, proven).await?;
    Ok((
        PortalCookie::Mfa.removed_from(cookies, portal.https),
        answer,
    )
        .into_response())
}

/// Who has given their password in this browser, not long ago, and the name of that step.
async fn begun(portal: &Portal, cookies: &CookieJar) -> Result<Option<(User, String)>> {
    let Some(id) = PortalCookie::Mfa.read(cookies, portal.https) else {
        return Ok(None);
    };
    let user = portal.store.second_step(id).await?;
    Ok(user.map(|user| (user, id.to_owned())))
}

async fn check(
    portal: &Portal,
    asking: &Asking,
    user: &User,
    code: &str,
) -> Result<std::result::Result<Given, NotGiven>> {
    let by = record(AuditRecord::by(user), asking);
    let who = (user, asking.client);
    let checked = second_factor::check(&portal.store, &portal.clock, who, code, &by).await;
    Ok(checked?)
}

fn again(asking: &Asking, user: &User, next: String, problem: NotGiven) -> Result {
    let view = CodeForm {
        page: Page::anonymous(asking),
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
