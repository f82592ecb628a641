//! Signing in and out.

pub mod code;
pub mod password;
pub mod refused;
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

/// Somebody who has given the first proof of who they are.
struct Proven<'a> {
    user: &'a User,
    /// The page that they asked for.
    next: &'a str,
    /// Who they are at the provider, if it was the provider who proved it: it must still be theirs.
    identity: Option<Identity>,
    /// What the provider gave, if it was the provider who proved it.
    id_token: Option<SecretString>,
}

/// Goes on with somebody who has given the first reauth, whichever it was: asks for the second if
/// they have turned it on, else lets them in. What the provider asked them for is no second one of
/// ours: it says nothing that is worth as much.
async fn go_on(
    state: &AppState,
    context: &RequestContext,
    session: &Session,
    proven: Proven<'_>,
) -> Result {
    if state.store.has_second_factor(&proven.user.id).await? {
        return code::ask(state, context, &proven).await;
    }
    enter(state, context, session, proven).await
}

/// Lets in somebody who has given every reauth, to the page that they asked for.
async fn enter(
    state: &AppState,
    context: &RequestContext,
    session: &Session,
    proven: Proven<'_>,
) -> Result {
    let Proven {
        user,
        next,
        identity,
        id_token,
    } = proven;
    let Some(handle) = session::start(session, state, user, context, identity).await? else {
        return credentials_changed(state, context, user, next).await;
    };
    if let Some(id_token) = id_token {
        let kept = state.store.keep_id_token(&handle, &user.id, &id_token);
        if let Err(error) = kept.await {
            // Signing out asks a question more then; signing in must not fail half-way for it.
            tracing::warn!(%error, "an ID token could not be kept");
        }
        session::came_from_provider(session, &handle).await?;
    }
    Ok(Redirect::to(next).into_response())
}

/// Back to the first step: what was verified of that user holds no longer.
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

/// The session is over here. The provider's may go on: only by a link can it be ended there, since the content
/// policy lets no form lead to another site.
#[derive(Template)]
#[template(path = "single_sign_on/signed_out.html")]
struct SignedOut {
    layout: Layout,
    provider: String,
    /// Where the provider ends its own session, if it says so.
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
        // First, so that no session ends without a row in the log.
        let (store, by) = (&state.store, who.record());
        store.audit(&by, Action::SignedOut, Outcome::Done).await?;
    }
    session::end(&session).await?;
    // What a tab remembers, such as what was chosen in a list, is not the next person's.
    let forget = [(HeaderName::from_static("clear-site-data"), "\"storage\"")];
    let (Some(holder), Ok(provider)) = (holder, state.single_sign_on()) else {
        return Ok((forget, Redirect::to("/login")).into_response());
    };
    let id_token = state.store.take_id_token(&holder).await?;
    let after = public_url.link("/login");
    let layout = html(&SignedOut {
        layout: Layout {
            address: "/login".to_owned(),
            ..Layout::anonymous(&context)
        },
        provider: provider.name().to_owned(),
        there: provider.sign_out_address(id_token.as_ref(), &after).await,
    })?;
    Ok((forget, layout).into_response())
}

/// A form again that must not be sent before some seconds have gone by.
fn wait_before(seconds: u64, view: &impl Template) -> Result {
    let page = html_as(StatusCode::TOO_MANY_REQUESTS, view)?;
    Ok(([(header::RETRY_AFTER, seconds)], page).into_response())
}

/// Where signing in leads: a page of this portal and nowhere else.
fn own(next: Option<&str>) -> String {
    let is_step = |next: &str| {
        let mut parts = next.split(['/', '?', '#']);
        matches!(parts.nth(1), Some("login" | "logout"))
    };
    let next = next.and_then(address::own).filter(|next| !is_step(next));
    next.unwrap_or("/").to_owned()
}
