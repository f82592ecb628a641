//! Signing in and out.

pub mod code;
pub mod password;
pub mod single_sign_on;

use askama::Template;
use axum::{
    Extension,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse as _, Redirect},
};
use secrecy::SecretString;
use tower_sessions::Session;
use url::Url;

use crate::{
    model::{Actor, User, Via},
    store::{Action, Identity, Outcome},
    web::{
        AppState, Error, Layout, PeekedSession, Result, address, context::RequestContext, html,
        html_as, session, state::PublicUrl,
    },
};

/// A user whose first factor is verified.
struct VerifiedLogin<'a> {
    user: &'a User,
    /// The page to open afterwards.
    next: &'a str,
    /// The provider's identity that verified it; at the end it must still be the user's.
    identity: Option<Identity>,
    id_token: Option<SecretString>,
}

/// Requires the second factor if the user has one. The provider's MFA claims are not trusted in its place.
async fn second_step(
    state: &AppState,
    context: &RequestContext,
    session: &Session,
    login: VerifiedLogin<'_>,
) -> Result {
    if state.store.has_second_factor(&login.user.id).await? {
        return code::ask(state, context, &login).await;
    }
    start_session(state, context, session, login).await
}

async fn start_session(
    state: &AppState,
    context: &RequestContext,
    session: &Session,
    login: VerifiedLogin<'_>,
) -> Result {
    let VerifiedLogin {
        user,
        next,
        identity,
        id_token,
    } = login;
    let Some(handle) = session::start(session, state, user, context, identity).await? else {
        return credentials_changed(state, context, user, next).await;
    };
    if let Some(id_token) = id_token {
        let kept = state.store.keep_id_token(&handle, &user.id, &id_token);
        if let Err(error) = kept.await {
            // Without an ID token the provider asks for confirmation at sign-out, which is no reason to fail here.
            tracing::warn!(%error, "an ID token could not be kept");
        }
        session::came_from_provider(session, &handle).await?;
    }
    Ok(Redirect::to(next).into_response())
}

/// Back to the first step: the verified credentials are no longer the user's.
async fn credentials_changed(
    state: &AppState,
    context: &RequestContext,
    user: &User,
    next: &str,
) -> Result {
    let by = context.record(Actor::user(user, Via::Anonymous));
    let written = state.store.audit(&by, Action::SignedIn, Outcome::Refused);
    written.await?;
    let query = [("error", Some("changed")), ("next", Some(next))];
    Ok(Redirect::to(&address::with_query("/login", &query)).into_response())
}

/// The portal's session is over. A link ends the provider's: the content policy lets no form lead to another site.
#[derive(Template)]
#[template(path = "login/signed_out.html")]
struct SignedOut {
    layout: Layout,
    provider: String,
    /// The provider's end-session endpoint.
    there: Option<Url>,
}

pub async fn sign_out(
    who: std::result::Result<PeekedSession, Error>,
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Extension(public_url): Extension<PublicUrl>,
    session: Session,
) -> Result {
    let holder = session::provider(&session).await?;
    if let Ok(PeekedSession(who)) = who {
        // First, so that no session ends without an audit event.
        let (store, by) = (&state.store, who.record());
        store.audit(&by, Action::SignedOut, Outcome::Done).await?;
    }
    session::end(&session).await?;
    // A tab's storage, such as a list's selection, is not the next user's.
    let forget = [(HeaderName::from_static("clear-site-data"), "\"storage\"")];
    let (Some(holder), Ok(provider)) = (holder, state.single_sign_on()) else {
        return Ok((forget, Redirect::to("/login")).into_response());
    };
    let id_token = state.store.take_id_token(&holder).await?;
    let after = public_url.link("/login");
    let page = html(&SignedOut {
        layout: Layout::anonymous(&context).at("/login".to_owned()),
        provider: provider.name().to_owned(),
        there: provider.sign_out_address(id_token.as_ref(), &after).await,
    })?;
    Ok((forget, page).into_response())
}

/// A form that must not be sent again before that many seconds.
fn rate_limited(seconds: u64, view: &impl Template) -> Result {
    let page = html_as(StatusCode::TOO_MANY_REQUESTS, view)?;
    Ok(([(header::RETRY_AFTER, seconds)], page).into_response())
}

/// The page after signing in: one of this portal, and no step of signing in.
fn local_next(next: Option<&str>) -> String {
    let is_step = |next: &str| {
        let mut parts = next.split(['/', '?', '#']);
        matches!(parts.nth(1), Some("login" | "logout"))
    };
    let next = next
        .and_then(address::local_path)
        .filter(|next| !is_step(next));
    next.unwrap_or("/").to_owned()
}
