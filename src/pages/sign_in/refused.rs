//! Why nobody was signed in through the provider: a page for the person, a line for the log, a row for the audit log.

use askama::Template;
use axum::http::StatusCode;

use crate::{
    auth::{LoginRateLimiter, oidc::OidcError},
    model::{Actor, User, Via},
    store::{Action, Outcome},
    web::{AppState, Layout, Result, address, context::RequestContext, html_as},
};

/// Why somebody who came back from the provider, or wanted to go there, goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// This browser has begun no attempt, or too long ago.
    NotBegun,
    /// What came back belongs to another attempt.
    OtherAttempt,
    /// The same has come back before.
    Again,
    /// The person or the provider did not want to.
    Denied,
    /// The provider says that something went wrong.
    Error,
    Provider(OidcError),
    NoAccount,
    Disabled,
    /// Another user signs in with that identity.
    Others,
    /// The session that wanted to be connected is over.
    NoSession,
    /// The invitation works no more.
    NoInvitation,
}

impl Refusal {
    /// For the logs; it stays the same, so that it can be looked for.
    fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "not-begun",
            Self::OtherAttempt => "other-attempt",
            Self::Again => "came-back-twice",
            Self::Denied => "denied",
            Self::Error => "provider-error",
            Self::Provider(failure) => failure.code(),
            Self::NoAccount => "no-account",
            Self::Disabled => "disabled",
            Self::Others => "identity-of-another",
            Self::NoSession => "no-session",
            Self::NoInvitation => "no-invitation",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotBegun | Self::OtherAttempt => StatusCode::BAD_REQUEST,
            Self::Again | Self::Others => StatusCode::CONFLICT,
            Self::Denied | Self::NoAccount | Self::Disabled | Self::NoSession => {
                StatusCode::FORBIDDEN
            }
            Self::Provider(OidcError::Unreachable) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Provider(OidcError::TimedOut) => StatusCode::GATEWAY_TIMEOUT,
            Self::Error | Self::Provider(_) => StatusCode::BAD_GATEWAY,
            Self::NoInvitation => StatusCode::GONE,
        }
    }

    /// What the person reads, who may have a password or not.
    fn message(self, by_password: bool) -> &'static str {
        match self {
            Self::NotBegun | Self::OtherAttempt => "single-sign-on-not-begun",
            Self::Again | Self::Provider(OidcError::CodeRefused) => "single-sign-on-again",
            Self::Denied => "single-sign-on-denied",
            Self::Error => "single-sign-on-error",
            Self::Provider(OidcError::Unreachable | OidcError::TimedOut) => {
                "single-sign-on-unreachable"
            }
            Self::Provider(OidcError::Expired) => "single-sign-on-expired",
            Self::Provider(_) => "single-sign-on-unbelievable",
            Self::NoAccount if by_password => "single-sign-on-no-account",
            Self::NoAccount => "single-sign-on-not-invited",
            Self::Disabled => "single-sign-on-disabled",
            Self::Others => "single-sign-on-others",
            Self::NoSession => "single-sign-on-no-session",
            Self::NoInvitation => "link-over-what",
        }
    }

    /// Can it be different the next time.
    fn is_worth_a_try(self) -> bool {
        !matches!(
            self,
            Self::NoAccount | Self::Disabled | Self::Others | Self::NoSession | Self::NoInvitation
        )
    }
}

#[derive(Template)]
#[template(path = "single_sign_on/refused.html")]
struct Refused {
    layout: Layout,
    provider: String,
    message: &'static str,
    /// Where to try again.
    again: Option<String>,
}

/// Who was refused, and on what way.
pub struct Refusing<'a> {
    pub portal: &'a AppState,
    pub context: &'a RequestContext,
    /// Who it is, as far as that is known.
    pub user: Option<&'a User>,
    pub action: Action,
    /// Where they came from.
    pub back: String,
    /// Where they can try again at once.
    pub again: Option<String>,
}

impl<'a> Refusing<'a> {
    /// Somebody who wants to sign in, and then to be there.
    pub fn sign_in(portal: &'a AppState, context: &'a RequestContext, next: &str) -> Self {
        let there = |path| address::with_query(path, &[("next", Some(next))]);
        Self {
            portal,
            context,
            user: None,
            action: Action::SignedIn,
            back: there("/login"),
            again: Some(there("/login/single-sign-on")),
        }
    }

    /// Somebody who was sent to the provider by a form on that page.
    pub fn form(
        portal: &'a AppState,
        context: &'a RequestContext,
        action: Action,
        page: &str,
    ) -> Self {
        Self {
            action,
            back: page.to_owned(),
            again: None,
            ..Self::sign_in(portal, context, "/")
        }
    }

    pub fn of(self, user: Option<&'a User>) -> Self {
        Self { user, ..self }
    }

    /// Says so to the person, to the log and to the audit log.
    pub async fn answer(&self, refusal: Refusal) -> Result {
        let code = refusal.code();
        let RequestContext { request_id, .. } = self.context;
        let claim = match refusal {
            Refusal::Provider(failure) => failure.claim(),
            _ => None,
        };
        tracing::warn!(
            request_id,
            reason = code,
            claim,
            "a single sign-on was refused"
        );
        self.write_down(code).await?;
        let view = Refused {
            layout: self.layout(),
            provider: self.portal.single_sign_on()?.name().to_owned(),
            message: refusal.message(self.portal.ways.by_password),
            again: self.again.clone().filter(|_| refusal.is_worth_a_try()),
        };
        html_as(refusal.status(), &view)
    }

    async fn write_down(&self, code: &str) -> Result<()> {
        let store = &self.portal.store;
        let limiter = LoginRateLimiter::new(store.clone());
        // Anybody can come here: who goes on must not fill the log.
        if !limiter.may_record_refusal(self.context.client).await? {
            return Ok(());
        }
        let by = match self.user {
            Some(user) => Actor::user(user, Via::Anonymous),
            None => Actor::unknown(),
        };
        let by = self
            .context
            .record(by)
            .on(&format!("single sign-on: {code}"));
        store.audit(&by, self.action, Outcome::Refused).await?;
        Ok(())
    }

    /// The address of this page holds a code, so nothing leads back to it.
    fn layout(&self) -> Layout {
        Layout {
            address: self.back.clone(),
            ..Layout::anonymous(self.context)
        }
    }
}
