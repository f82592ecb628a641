//! Turning the second factor on: a secret is shown, and the first code from the app confirms it.

use askama::Template;
use axum::{Form, extract::State};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{OneTimeSecret, RecoveryCodes},
    model::User,
    web::{
        AppState, Error, FormErrors, Layout, MfaPendingUser, Result, forms::FormError, html,
        html_as, qr_code::QrPath, session,
    },
};

use super::{back_here, local_next, reauthenticate};

/// The portal's name in the authenticator app.
const ISSUER: &str = "Secmon Portal";

/// Before every time step: a code of any step confirms a new secret.
const NONE_USED: i64 = -1;

#[derive(Template)]
#[template(path = "account/second_factor/set_up.html")]
struct SetUp {
    layout: Layout,
    /// The user's role requires it before anything else.
    is_required: bool,
    next: Option<String>,
    offer: Option<Offer>,
    errors: FormErrors,
}

/// A secret that no code has confirmed yet.
struct Offer {
    qr: QrPath,
    /// The QR code's `otpauth:` address, for an app on the same device.
    address: String,
    /// The secret in groups of four.
    groups: Vec<String>,
    account: String,
    /// Whether the form asks for the password: not after a recent login, and not without one.
    asks_password: bool,
}

impl Offer {
    fn new(who: &MfaPendingUser, secret: &SecretString, asks_password: bool) -> Option<Self> {
        let account = who.user().username.to_string();
        let address = OneTimeSecret::parse(secret)?.address(ISSUER, &account)?;
        let letters: Vec<char> = secret.expose_secret().chars().collect();
        Some(Self {
            qr: QrPath::new(&address)?,
            address,
            groups: letters
                .chunks(4)
                .map(|chunk| chunk.iter().collect())
                .collect(),
            account,
            asks_password,
        })
    }

    fn secret(&self) -> String {
        self.groups.concat()
    }
}

pub(super) async fn view(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    next: Option<String>,
    errors: FormErrors,
) -> Result {
    let handle = session::handle(session)?;
    let offered = state.store.offered_second_factor(&who.user().id, &handle);
    let offer = match offered.await? {
        Some(secret) => {
            let asks_password = !session::is_recent(session, state.clock.korean()).await?
                && state.store.has_password(&who.user().id).await?;
            Offer::new(who, &secret, asks_password)
        }
        None => None,
    };
    let view = SetUp {
        layout: who.layout(),
        is_required: who.lacks_mfa(),
        next,
        offer,
        errors,
    };
    html_as(view.errors.status(), &view)
}

#[derive(Deserialize)]
pub struct StartForm {
    #[serde(default)]
    next: String,
}

/// Offers this session a secret, unless one is waiting for its first code.
pub async fn start(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(typed): Form<StartForm>,
) -> Result {
    let (user, handle) = (&who.user().id, session::handle(&session)?);
    if !state.store.has_second_factor(user).await? {
        let secret = OneTimeSecret::new().to_base32();
        let offered = state.store.offer_second_factor(user, &handle, &secret);
        offered.await?;
    }
    Ok(back_here(local_next(&typed.next).as_deref()))
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// New recovery codes, shown this one time.
#[derive(Template)]
#[template(path = "account/second_factor/codes.html")]
pub(super) struct FreshCodes {
    pub layout: Layout,
    pub codes: RecoveryCodes,
    /// The factor was turned on with them, or was on before.
    pub just_on: bool,
    pub next: String,
}

impl FreshCodes {
    /// For the clipboard: one per line.
    fn as_text(&self) -> String {
        self.codes.shown().join("\n")
    }
}

/// Ends all sessions and starts this one anew.
pub async fn turn_on(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(typed): Form<CodeForm>,
) -> Result {
    let next = local_next(&typed.next);
    let handle = session::handle(&session)?;
    let offered = state.store.offered_second_factor(&who.user().id, &handle);
    let Some(secret) = offered.await? else {
        return Ok(back_here(next.as_deref()));
    };
    let (user, step) = match check(&who, &state, &session, &secret, &typed).await {
        Ok(checked) => checked,
        Err(error) => {
            let again = |errors| view(&who, &state, &session, next, errors);
            return error.show(again).await;
        }
    };
    let codes = RecoveryCodes::new();
    let (hashes, by) = (codes.hashes(&user.id), who.record());
    let confirmed = (&secret, step);
    let turned_on = state
        .store
        .turn_on_second_factor(&user, &handle, confirmed, &hashes, &by);
    let Some(user) = turned_on.await? else {
        return Ok(back_here(next.as_deref()));
    };
    session::start_anew(&session, &user, who.context()).await?;
    html(&FreshCodes {
        layout: who.layout(),
        codes,
        just_on: true,
        next: next.unwrap_or_else(|| "/account".to_owned()),
    })
}

/// The reauthenticated user, and the time step of their first code.
async fn check(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    secret: &SecretString,
    typed: &CodeForm,
) -> std::result::Result<(User, i64), FormError> {
    let secret = OneTimeSecret::parse(secret)
        .ok_or_else(|| Error::internal("an offered secret cannot be read"))?;
    let now = state.clock.now();
    let step = secret.step_of(&typed.code, now, NONE_USED);
    let step = step.ok_or(FormErrors::one("code", "second-factor-first-code-wrong"))?;
    if session::is_recent(session, state.clock.korean()).await? {
        return Ok((who.user().clone(), step));
    }
    let user = reauthenticate(who, state, session, &typed.password).await?;
    Ok((user, step))
}
