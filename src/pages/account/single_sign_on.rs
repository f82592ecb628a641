//! The user's identity at the OIDC provider: connecting and disconnecting it.

use askama::Template;
use axum::{Extension, Form, extract::State};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    model::User,
    store::{Action, LinkedIdentity},
    web::{
        AppState, CurrentUser, FormErrors, Layout, LenientQuery, Result,
        flash::{self, FlashQuery},
        forms::FormError,
        html_as,
        oidc::{self, attempt::Purpose, refusal::RefusedFlow},
        session,
        state::PublicUrl,
    },
};

const PAGE: &str = "/account/single-sign-on";

#[derive(Template)]
#[template(path = "account/single_sign_on.html")]
struct Show {
    layout: Layout,
    provider: String,
    connection: Option<LinkedIdentity>,
    has_password: bool,
    by_password: bool,
    errors: FormErrors,
    flash: Option<&'static str>,
}

const FLASHES: [(&str, &str); 2] = [
    ("connected", "single-sign-on-is-connected"),
    ("disconnected", "single-sign-on-is-disconnected"),
];

pub async fn show(
    who: CurrentUser,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    view(&who, &state, query.message(&FLASHES), FormErrors::default()).await
}

async fn view(
    who: &CurrentUser,
    state: &AppState,
    flash: Option<&'static str>,
    errors: FormErrors,
) -> Result {
    let (provider, user) = (state.single_sign_on()?, &who.user().id);
    let view = Show {
        layout: who.layout(),
        provider: provider.name().to_owned(),
        connection: state.store.linked_identity(user, provider.issuer()).await?,
        has_password: state.store.has_password(user).await?,
        by_password: state.ways.by_password,
        errors,
        flash,
    };
    html_as(view.errors.status(), &view)
}

/// It has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReauthForm {
    password: String,
}

async fn reauthenticate(
    who: &CurrentUser,
    state: &AppState,
    typed: &ReauthForm,
) -> std::result::Result<User, FormError> {
    let user = who.reauthenticate(state, &typed.password).await;
    user.map_err(|error| FormError::from_reauth(error, "password", "single-sign-on-only-way"))
}

/// The identity that signs in at the provider next, in this browser, becomes the user's. So it takes the password, and
/// no link from elsewhere starts it.
pub async fn connect(
    who: CurrentUser,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    session: Session,
    cookies: CookieJar,
    Form(typed): Form<ReauthForm>,
) -> Result {
    let provider = state.single_sign_on()?;
    if let Err(error) = reauthenticate(&who, &state, &typed).await {
        return error.show(|errors| view(&who, &state, None, errors)).await;
    }
    let purpose = Purpose::connect(&who.user().id, session::handle(&session)?);
    match oidc::begin(&state, &public_url, cookies, purpose, PAGE).await {
        Ok(begun) => oidc::leave(who.layout(), provider.name(), begun, PAGE),
        Err(error) => {
            let flow = RefusedFlow::form(&state, who.context(), Action::IdentityConnected, PAGE);
            let by_user = |refusal| flow.with_user(who.user()).answer(refusal);
            error.show(by_user).await
        }
    }
}

/// Ends all sessions and starts this one anew. A user without another way to sign in keeps the identity.
pub async fn disconnect(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    Form(typed): Form<ReauthForm>,
) -> Result {
    state.single_sign_on()?;
    if !state.ways.by_password {
        let errors = FormErrors::one("password", "single-sign-on-only-way");
        return view(&who, &state, None, errors).await;
    }
    let user = match reauthenticate(&who, &state, &typed).await {
        Ok(user) => user,
        Err(error) => return error.show(|errors| view(&who, &state, None, errors)).await,
    };
    let by = who.record();
    let ended = state.store.unlink_identities(&user, &by);
    if let Some(user) = ended.await? {
        session::start_anew(&session, &user, who.context()).await?;
    }
    Ok(flash::redirect(PAGE, "disconnected"))
}
