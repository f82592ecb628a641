//! The first step of signing in: name and password, or the way to the OIDC provider.

use askama::Template;
use axum::{Extension, Form, extract::State, http::StatusCode};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{LoginError, Oidc, PasswordLogin},
    model::User,
    web::{
        AppState, Layout, LenientQuery, Result, address, context::RequestContext,
        error::whole_seconds, forms::FormError, html, html_as,
    },
};

use super::{VerifiedLogin, local_next, rate_limited, second_step};

#[derive(Template)]
#[template(path = "login/password.html")]
struct LoginForm {
    layout: Layout,
    username: String,
    next: String,
    problem: Option<Problem>,
    /// A form came after the session had ended, and was not processed.
    is_unsent: bool,
    flash: Option<&'static str>,
    /// There are no users yet.
    is_fresh: bool,
    by_password: bool,
    /// The OIDC provider's name, and the way there.
    provider: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Problem {
    Wrong,
    /// For that many seconds.
    RateLimited(u64),
    /// The second step was not taken in time.
    Expired,
    /// The account changed during the sign-in.
    Changed,
    PasswordsOff,
}

impl Problem {
    fn message(self) -> &'static str {
        match self {
            Self::Wrong => "sign-in-failed",
            Self::RateLimited(_) => "sign-in-wait",
            Self::Expired => "sign-in-late",
            Self::Changed => "sign-in-changed",
            Self::PasswordsOff => "sign-in-turned-off",
        }
    }
}

impl LoginForm {
    fn new(state: &AppState, context: &RequestContext, next: String) -> Self {
        let way = |provider: &Oidc| {
            let there = [("next", Some(next.as_str()).filter(|next| *next != "/"))];
            let there = address::with_query("/login/single-sign-on", &there);
            (provider.name().to_owned(), there)
        };
        Self {
            layout: Layout::anonymous(context),
            username: String::new(),
            problem: None,
            is_unsent: false,
            flash: None,
            is_fresh: false,
            by_password: state.ways.by_password,
            provider: state.ways.single_sign_on.as_ref().map(way),
            next,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct LoginQuery {
    next: String,
    error: String,
    flash: String,
    unsent: String,
}

pub async fn form(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    LenientQuery(query): LenientQuery<LoginQuery>,
) -> Result {
    let flash = match query.flash.as_str() {
        "password" => Some("password-is-chosen"),
        "set-up" => Some("set-up-done"),
        _ => None,
    };
    let problem = match query.error.as_str() {
        "expired" => Some(Problem::Expired),
        "changed" => Some(Problem::Changed),
        _ => None,
    };
    html(&LoginForm {
        problem,
        is_unsent: query.unsent == "yes",
        flash,
        is_fresh: state.ways.by_password && state.store.is_fresh().await?,
        ..LoginForm::new(&state, &context, local_next(Some(&query.next)))
    })
}

#[derive(Deserialize)]
pub struct PasswordInput {
    username: String,
    password: String,
    next: Option<String>,
}

pub async fn sign_in(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    session: Session,
    Form(typed): Form<PasswordInput>,
) -> Result {
    let next = local_next(typed.next.as_deref());
    let user = match log_in(&state, &context, &typed).await {
        Ok(user) => user,
        Err(error) => {
            let form = LoginForm {
                username: typed.username,
                ..LoginForm::new(&state, &context, next)
            };
            return error.show(async |problem| again(form, problem)).await;
        }
    };
    let login = VerifiedLogin {
        user: &user,
        next: &next,
        identity: None,
        id_token: None,
    };
    second_step(&state, &context, &session, login).await
}

async fn log_in(
    state: &AppState,
    context: &RequestContext,
    typed: &PasswordInput,
) -> std::result::Result<User, FormError<Problem>> {
    if !state.ways.by_password {
        return Err(FormError::Invalid(Problem::PasswordsOff));
    }
    let login = PasswordLogin {
        store: &state.store,
        passwords: &state.passwords,
        client: context.client,
    };
    let record = |actor| context.record(actor);
    let user = login.log_in(&typed.username, &typed.password, record).await;
    user.map_err(|error| match error {
        LoginError::Wrong | LoginError::NoPassword => FormError::Invalid(Problem::Wrong),
        LoginError::RateLimited(wait) => {
            FormError::Invalid(Problem::RateLimited(whole_seconds(wait)))
        }
        LoginError::Password(error) => error.into(),
        LoginError::Store(error) => error.into(),
    })
}

fn again(form: LoginForm, problem: Problem) -> Result {
    let form = LoginForm {
        problem: Some(problem),
        ..form
    };
    match problem {
        Problem::RateLimited(seconds) => rate_limited(seconds, &form),
        Problem::PasswordsOff => html_as(StatusCode::FORBIDDEN, &form),
        _ => html_as(StatusCode::UNPROCESSABLE_ENTITY, &form),
    }
}
