//! The user's own account: password, second factor, single sign-on and open sessions.

pub mod second_factor;
pub mod single_sign_on;

use askama::Template;
use axum::{Form, extract::State};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::UserNames,
    model::User,
    store::{LinkedIdentity, SecondFactor, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, LenientQuery, Result,
        flash::{self, FlashQuery},
        forms::{FormError, new_password::NewPasswordForm},
        html_as, session,
    },
};

#[derive(Template)]
#[template(path = "account/show.html")]
struct Show {
    layout: Layout,
    second_factor: Option<SecondFactor>,
    /// A password that can be used to sign in.
    has_password: bool,
    /// The OIDC provider's name, and the user's identity there.
    provider: Option<(String, Option<LinkedIdentity>)>,
    sessions: Vec<session::SessionDescription>,
    flash: Option<&'static str>,
    errors: FormErrors,
}

const FLASHES: [(&str, &str); 4] = [
    ("password", "password-changed"),
    ("session", "session-ended"),
    ("sessions", "sessions-ended"),
    ("second-factor", "second-factor-is-off"),
];

pub async fn show(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    let flash = query.message(&FLASHES);
    view(&who, &state, &session, flash, FormErrors::default()).await
}

async fn view(
    who: &CurrentUser,
    state: &AppState,
    session: &Session,
    flash: Option<&'static str>,
    errors: FormErrors,
) -> Result {
    let (store, user) = (&state.store, &who.user().id);
    let sessions = state.sessions.list(user).await?;
    let provider = match &state.ways.single_sign_on {
        Some(provider) => {
            let connection = store.linked_identity(user, provider.issuer()).await?;
            Some((provider.name().to_owned(), connection))
        }
        None => None,
    };
    let describe = |open| session::describe(open, session, who.session_end());
    let view = Show {
        layout: who.layout(),
        second_factor: store.second_factor(user).await?,
        has_password: state.ways.by_password && store.has_password(user).await?,
        provider,
        sessions: sessions.into_iter().map(describe).collect(),
        flash,
        errors,
    };
    html_as(view.errors.status(), &view)
}

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    old: String,
    #[serde(flatten)]
    password: NewPasswordForm,
}

/// Ends all sessions and starts this one anew.
pub async fn change_password(
    who: CurrentUser,
    State(state): State<AppState>,
    session: Session,
    Form(typed): Form<PasswordForm>,
) -> Result {
    let user = match check(&who, &state, &typed).await {
        Ok(user) => user,
        Err(error) => {
            let again = |errors| view(&who, &state, &session, None, errors);
            return error.show(again).await;
        }
    };
    let hash = state.passwords.hash(&typed.password.new).await?;
    let by = who.record();
    let changed = state.store.change_password(&user, &hash, &by).await?;
    let user = changed.ok_or(Error::SignIn)?;
    session::start_anew(&session, &user, who.context()).await?;
    Ok(flash::redirect("/account", "password"))
}

async fn check(
    who: &CurrentUser,
    state: &AppState,
    typed: &PasswordForm,
) -> std::result::Result<User, FormError> {
    let errors = typed.password.errors(UserNames::from(who.user()));
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let user = who.reauthenticate(state, &typed.old).await;
    user.map_err(|error| FormError::from_reauth(error, "old", "password-old-wrong"))
}

#[derive(Deserialize)]
pub struct SessionForm {
    session: String,
}

pub async fn end_session(
    who: CurrentUser,
    State(store): State<Store>,
    Form(SessionForm { session }): Form<SessionForm>,
) -> Result {
    let (user, by) = (&who.user().id, who.record());
    store.end_session(user, &session, &by).await?;
    Ok(flash::redirect("/account", "session"))
}

pub async fn end_other_sessions(who: CurrentUser, State(store): State<Store>) -> Result {
    let (user, this) = (&who.user().id, who.session_handle());
    store.end_other_sessions(user, this, &who.record()).await?;
    Ok(flash::redirect("/account", "sessions"))
}
