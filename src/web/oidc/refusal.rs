//! Refused single sign-ons: a page for the user, a log line for the administrator, and an audit event.

use askama::Template;
use axum::http::StatusCode;

use crate::{
    auth::{LoginRateLimiter, oidc::OidcError},
    model::{Actor, User, Via},
    store::{Action, Outcome},
    web::{AppState, Layout, Result, address, context::RequestContext, forms::FormError, html_as},
};

/// Reason of a failed OIDC sign-in, and the user if known.
#[derive(Debug)]
pub struct Refusal {
    reason: Reason,
    user: Option<User>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// This browser has no such attempt, or it has expired.
    NotBegun,
    /// The issuer of another attempt came back.
    OtherAttempt,
    /// The same state came back before.
    Again,
    /// The user or the provider declined.
    Denied,
    ProviderError,
    Provider(OidcError),
    NoAccount,
    Disabled,
    /// Another user has the identity.
    Taken,
    /// The session that wanted to connect the identity is over.
    NoSession,
    NoInvitation,
}

impl Reason {
    /// The code in logs and audit events.
    fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "not-begun",
            Self::OtherAttempt => "other-attempt",
            Self::Again => "came-back-twice",
            Self::Denied => "denied",
            Self::ProviderError => "provider-error",
            Self::Provider(error) => error.code(),
            Self::NoAccount => "no-account",
            Self::Disabled => "disabled",
            Self::Taken => "identity-of-another",
            Self::NoSession => "no-session",
            Self::NoInvitation => "no-invitation",
        }
    }

    fn status_and_message(self, by_password: bool) -> (StatusCode, &'static str) {
        use StatusCode as Status;
        match self {
            Self::NotBegun | Self::OtherAttempt => {
                (Status::BAD_REQUEST, "single-sign-on-not-begun")
            }
            Self::Again => (Status::CONFLICT, "single-sign-on-again"),
            Self::Denied => (Status::FORBIDDEN, "single-sign-on-denied"),
            Self::ProviderError => (Status::BAD_GATEWAY, "single-sign-on-error"),
            Self::Provider(error) => match error {
                OidcError::Unreachable => {
                    (Status::SERVICE_UNAVAILABLE, "single-sign-on-unreachable")
                }
                OidcError::TimedOut => (Status::GATEWAY_TIMEOUT, "single-sign-on-unreachable"),
                OidcError::CodeRefused => (Status::BAD_GATEWAY, "single-sign-on-again"),
                OidcError::Expired => (Status::BAD_GATEWAY, "single-sign-on-expired"),
                _ => (Status::BAD_GATEWAY, "single-sign-on-unbelievable"),
            },
            Self::NoAccount if by_password => (Status::FORBIDDEN, "single-sign-on-no-account"),
            Self::NoAccount => (Status::FORBIDDEN, "single-sign-on-not-invited"),
            Self::Disabled => (Status::FORBIDDEN, "single-sign-on-disabled"),
            Self::Taken => (Status::CONFLICT, "single-sign-on-others"),
            Self::NoSession => (Status::FORBIDDEN, "single-sign-on-no-session"),
            Self::NoInvitation => (Status::GONE, "link-over-what"),
        }
    }

    /// Whether another try can succeed.
    fn is_transient(self) -> bool {
        !matches!(
            self,
            Self::NoAccount | Self::Disabled | Self::Taken | Self::NoSession | Self::NoInvitation
        )
    }

    #[must_use]
    pub fn with_user(self, user: User) -> Refusal {
        let user = Some(user);
        Refusal { reason: self, user }
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, user: None }
    }
}

impl From<OidcError> for Refusal {
    fn from(error: OidcError) -> Self {
        Reason::Provider(error).into()
    }
}

impl From<Refusal> for FormError<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Reason> for FormError<Refusal> {
    fn from(reason: Reason) -> Self {
        Self::Invalid(reason.into())
    }
}

#[derive(Template)]
#[template(path = "oidc/refused.html")]
struct RefusedPage {
    layout: Layout,
    provider: String,
    message: &'static str,
    /// Where to try again.
    again: Option<String>,
}

/// The refused flow, and the pages around it.
pub struct RefusedFlow<'a> {
    state: &'a AppState,
    context: &'a RequestContext,
    user: Option<&'a User>,
    action: Action,
    back: String,
    again: Option<String>,
}

impl<'a> RefusedFlow<'a> {
    #[must_use]
    pub fn sign_in(state: &'a AppState, context: &'a RequestContext, next: &str) -> Self {
        let with_next = |path| address::with_query(path, &[("next", Some(next))]);
        Self {
            state,
            context,
            user: None,
            action: Action::SignedIn,
            back: with_next("/login"),
            again: Some(with_next("/login/single-sign-on")),
        }
    }

    /// A sign-in that a form on `page` started.
    #[must_use]
    pub fn form(
        state: &'a AppState,
        context: &'a RequestContext,
        action: Action,
        page: &str,
    ) -> Self {
        Self {
            state,
            context,
            user: None,
            action,
            back: page.to_owned(),
            again: None,
        }
    }

    /// Sets the user of the flow.
    #[must_use]
    pub fn with_user(self, user: &'a User) -> Self {
        let user = Some(user);
        Self { user, ..self }
    }

    /// The page; the refusal is logged and audited.
    pub async fn answer(self, refusal: Refusal) -> Result {
        let Refusal { reason, user } = refusal;
        let claim = match reason {
            Reason::Provider(error) => error.claim(),
            _ => None,
        };
        tracing::warn!(
            request_id = self.context.request_id,
            reason = reason.code(),
            claim,
            "a single sign-on was refused"
        );
        self.audit(reason.code(), user.as_ref().or(self.user))
            .await?;
        let (status, message) = reason.status_and_message(self.state.ways.by_password);
        let view = RefusedPage {
            // The address of this page holds a code, so nothing leads back to it.
            layout: Layout::anonymous(self.context).at(self.back),
            provider: self.state.single_sign_on()?.name().to_owned(),
            message,
            again: self.again.filter(|_| reason.is_transient()),
        };
        html_as(status, &view)
    }

    /// Any client can cause a refusal, so a rate limit protects the log.
    async fn audit(&self, code: &str, user: Option<&User>) -> Result<()> {
        let store = &self.state.store;
        let limiter = LoginRateLimiter::new(store.clone());
        if !limiter.may_record_refusal(self.context.client).await? {
            return Ok(());
        }
        let actor = user.map_or_else(Actor::unknown, |user| Actor::user(user, Via::Anonymous));
        let object = format!("single sign-on: {code}");
        let by = self.context.record(actor).on(&object);
        store.audit(&by, self.action, Outcome::Refused).await?;
        Ok(())
    }
}
