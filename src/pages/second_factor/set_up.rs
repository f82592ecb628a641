//! Turning the second factor on: a secret is shown, and the first code from the app confirms it.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{OneTimeSecret, RecoveryCodes},
    model::User,
    web::{
        AppState, Error, Layout, MfaPendingUser, Result, html, html_as, qr_code::QrPath, session,
    },
};

use super::{Problem, back_here, own, prove};

/// What the portal is called in the app's list.
const ISSUER: &str = "Secmon Portal";

/// No time step is before this one: a code of any step confirms a new secret.
const NONE_USED: i64 = -1;

#[derive(Template)]
#[template(path = "second_factor/set_up.html")]
struct SetUp {
    layout: Layout,
    /// The role requires a second factor, and nothing else is shown before.
    must: bool,
    next: Option<String>,
    offer: Option<Offer>,
    problem: Option<Problem>,
}

/// A secret that was made and is not confirmed yet.
struct Offer {
    qr: QrPath,
    /// What the picture says, for an app on the same device.
    address: String,
    /// The secret in groups of four.
    groups: Vec<String>,
    account: String,
    /// Who signed in a moment ago need not prove once more who they are; who has no password cannot so.
    asks_password: bool,
}

impl SetUp {
    fn is_wrong(&self, field: &str) -> bool {
        self.problem.is_some_and(|problem| problem.field() == field)
    }
}

impl Offer {
    fn new(who: &MfaPendingUser, secret: &SecretString, asks_password: bool) -> Option<Self> {
        let account = who.user().username.to_string();
        let address = OneTimeSecret::parse(secret)?.address(ISSUER, &account)?;
        let letters: Vec<char> = secret.expose_secret().chars().collect();
        Some(Self {
            qr: QrPath::of(&address)?,
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
    problem: Option<Problem>,
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
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let view = SetUp {
        layout: who.layout(),
        must: who.lacks_mfa(),
        next,
        offer,
        problem,
    };
    html_as(status, &view)
}

#[derive(Deserialize)]
pub struct Started {
    #[serde(default)]
    next: String,
}

/// Makes a secret for this session, unless one is waiting for its first code.
pub async fn start(
    who: MfaPendingUser,
    State(state): State<AppState>,
    session: Session,
    Form(started): Form<Started>,
) -> Result {
    let (user, handle) = (&who.user().id, session::handle(&session)?);
    if !state.store.has_second_factor(user).await? {
        let secret = OneTimeSecret::new().to_base32();
        let offered = state.store.offer_second_factor(user, &handle, &secret);
        offered.await?;
    }
    Ok(back_here(own(&started.next).as_deref()))
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// The codes that are good once each when the app is lost, shown this one time.
#[derive(Template)]
#[template(path = "second_factor/codes.html")]
pub(super) struct FreshCodes {
    pub layout: Layout,
    pub codes: RecoveryCodes,
    /// They were made with the factor, or for one that is on already.
    pub just_on: bool,
    pub next: String,
}

impl FreshCodes {
    /// For the clipboard: a line for each.
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
    let next = own(&typed.next);
    let handle = session::handle(&session)?;
    let offered = state.store.offered_second_factor(&who.user().id, &handle);
    let Some(secret) = offered.await? else {
        return Ok(back_here(next.as_deref()));
    };
    let (user, step) = match check(&who, &state, &session, &secret, &typed).await? {
        Ok(checked) => checked,
        Err(problem) => return view(&who, &state, &session, next, Some(problem)).await,
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

/// The person at the keyboard and the time step of their first code, if they are the one who signed in.
async fn check(
    who: &MfaPendingUser,
    state: &AppState,
    session: &Session,
    secret: &SecretString,
    typed: &CodeForm,
) -> Result<std::result::Result<(User, i64), Problem>> {
    let secret = OneTimeSecret::parse(secret)
        .ok_or_else(|| Error::internal("an offered secret cannot be read"))?;
    let now = state.clock.now();
    let Some(step) = secret.step_of(&typed.code, now, NONE_USED) else {
        return Ok(Err(Problem::FirstCode));
    };
    if session::is_recent(session, state.clock.korean()).await? {
        return Ok(Ok((who.user().clone(), step)));
    }
    let proven = prove(who, state, session, &typed.password).await?;
    Ok(proven.map(|user| (user, step)))
}
