//! Whether one signs in through the provider of single sign-on: begun and ended by oneself.

use askama::Template;
use axum::{
    Extension, Form, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    model::User,
    store::{Action, Connection},
    web::{
        Page, Portal, Problems, Query, Result, SignedIn, html_as, portal::PublicUrl, session,
        single_sign_on::Purpose,
    },
};

use super::{
    proof::{self, Unproven},
    provider,
    sign_in::refused::{Refusal, Refusing},
};

const PAGE: &str = "/account/single-sign-on";

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/account/single-sign-on", get(show))
        .route("/account/single-sign-on/connect", post(connect))
        .route("/account/single-sign-on/disconnect", post(disconnect))
}

#[derive(Template)]
#[template(path = "single_sign_on/show.html")]
struct Show {
    page: Page,
    provider: String,
    connection: Option<Connection>,
    has_password: bool,
    /// Could they sign in without the provider.
    by_password: bool,
    problems: Problems,
    done: Option<&'static str>,
}

async fn view(
    who: &SignedIn,
    portal: &Portal,
    done: Option<&'static str>,
    problems: Problems,
) -> Result {
    let (provider, user) = (portal.single_sign_on()?, &who.user.id);
    let status = match problems.all().first() {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view = Show {
        page: who.page(),
        provider: provider.name().to_owned(),
        connection: portal.store.connection(user, provider.issuer()).await?,
        has_password: portal.store.has_password(user).await?,
        by_password: portal.ways.by_password,
        problems,
        done,
    };
    html_as(status, &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Done {
    done: String,
}

async fn show(who: SignedIn, State(portal): State<Portal>, Query(query): Query<Done>) -> Result {
    let done = match query.done.as_str() {
        "connected" => Some("single-sign-on-is-connected"),
        "disconnected" => Some("single-sign-on-is-disconnected"),
        _ => None,
    };
    view(&who, &portal, done, Problems::default()).await
}

/// It has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Proof {
    password: String,
}

/// Whom their password proves, or what is wrong with it.
async fn prove(
    who: &SignedIn,
    portal: &Portal,
    proof: &Proof,
) -> Result<std::result::Result<User, Problems>> {
    let by = (&who.user, &who.asking, &who.record());
    let proven = proof::password(portal, by, &proof.password).await?;
    Ok(proven.map_err(|unproven| match unproven {
        Unproven::Wrong => Problems::one("password", "password-old-wrong"),
        Unproven::NoPassword => Problems::one("password", "single-sign-on-only-way"),
    }))
}

/// Whoever signs in at the provider next, in this browser, is this user from then on. So the password is asked for,
/// and no link from elsewhere begins it.
async fn connect(
    who: SignedIn,
    State(portal): State<Portal>,
    Extension(public_url): Extension<PublicUrl>,
    session: Session,
    cookies: CookieJar,
    Form(proof): Form<Proof>,
) -> Result {
    portal.single_sign_on()?;
    if let Err(problems) = prove(&who, &portal, &proof).await? {
        return view(&who, &portal, None, problems).await;
    }
    let purpose = Purpose::connect(&who.user.id, session::handle(&session)?);
    let name = portal.single_sign_on()?.name();
    match provider::begin(&portal, &public_url, cookies, purpose, PAGE).await? {
        Ok(there) => provider::leave(who.page(), name, there, PAGE),
        Err(failure) => {
            let action = Action::IdentityConnected;
            let refusing = Refusing::form(&portal, &who.asking, action, PAGE);
            let refusing = refusing.of(Some(&who.user));
            refusing.answer(Refusal::Provider(failure)).await
        }
    }
}

/// Ends all sessions and starts this one anew. Who has no other way to sign in keeps this one.
async fn disconnect(
    who: SignedIn,
    State(portal): State<Portal>,
    session: Session,
    Form(proof): Form<Proof>,
) -> Result {
    portal.single_sign_on()?;
    if !portal.ways.by_password {
        let problems = Problems::one("password", "single-sign-on-only-way");
        return view(&who, &portal, None, problems).await;
    }
    let user = match prove(&who, &portal, &proof).await? {
        Ok(user) => user,
        Err(problems) => return view(&who, &portal, None, problems).await,
    };
    let by = who.record();
    let ended = portal.store.disconnect_identities(&user, &by);
    if let Some(user) = ended.await? {
        session::start_anew(&session, &user, &who.asking).await?;
    }
    Ok(Redirect::to("/account/single-sign-on?done=disconnected").into_response())
}
