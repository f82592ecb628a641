//! Signing in through the OIDC provider: the way there, and the callback.

use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::oidc::ProviderUser,
    model::{Actor, Via},
    store::{Action, LinkOutcome},
    web::{
        AppState, CurrentUser, Error, LenientQuery, Result,
        context::RequestContext,
        flash,
        forms::FormError,
        oidc::{
            self, CALLBACK,
            attempt::{self, Attempt, Purpose},
            refusal::{Reason, Refusal, RefusedFlow},
        },
        state::PublicUrl,
    },
};

use super::{VerifiedLogin, local_next, second_step};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StartQuery {
    next: String,
}

/// A link leads here: the content policy lets no form lead to another site.
pub async fn start(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Extension(public_url): Extension<PublicUrl>,
    cookies: CookieJar,
    LenientQuery(StartQuery { next }): LenientQuery<StartQuery>,
) -> Result {
    let next = local_next(Some(&next));
    match oidc::begin(&state, &public_url, cookies, Purpose::SignIn, &next).await {
        Ok(begun) => Ok(oidc::redirect(begun)),
        Err(error) => {
            let flow = RefusedFlow::sign_in(&state, &context, &next);
            error.show(|refusal| flow.answer(refusal)).await
        }
    }
}

/// The provider's answer.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    code: String,
    state: String,
    error: String,
    iss: String,
}

impl CallbackQuery {
    fn reason_to_refuse(&self, issuer: &str) -> Option<Reason> {
        if !self.iss.is_empty() && self.iss != issuer {
            return Some(Reason::OtherAttempt);
        }
        match self.error.as_str() {
            "" => self.code.is_empty().then_some(Reason::ProviderError),
            "access_denied" => Some(Reason::Denied),
            _ => Some(Reason::ProviderError),
        }
    }
}

pub async fn callback(
    request: CallbackRequest,
    LenientQuery(query): LenientQuery<CallbackQuery>,
) -> Result {
    let CallbackRequest { state, context, .. } = &request;
    state.single_sign_on()?;
    let (keys, clock) = (state.store.keys(), &state.clock);
    let attempt = Attempt::load(&request.cookies, state.https, keys, clock, &query.state);
    let Some(attempt) = attempt else {
        // This browser's other attempts go on.
        let flow = RefusedFlow::sign_in(state, context, "/");
        return flow.answer(Reason::NotBegun.into()).await;
    };
    let flow = request.refused_flow(&attempt);
    let answer = match request.finish(attempt, &query).await {
        Ok(answer) => answer,
        Err(error) => error.show(|refusal| flow.answer(refusal)).await?,
    };
    let cookies = attempt::removed_from(request.cookies.clone(), state.https, &query.state);
    Ok((cookies, answer).into_response())
}

/// A browser that the provider sent here.
pub struct CallbackRequest {
    state: AppState,
    context: RequestContext,
    public_url: PublicUrl,
    cookies: CookieJar,
    session: Session,
    /// The signed-in user, if any.
    current: Option<CurrentUser>,
}

impl FromRequestParts<AppState> for CallbackRequest {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let Extension(context) = Extension::from_request_parts(parts, state)
            .await
            .map_err(Error::internal)?;
        let Extension(public_url) = Extension::from_request_parts(parts, state)
            .await
            .map_err(Error::internal)?;
        let session = Session::from_request_parts(parts, state).await;
        let session = session.map_err(|(_, cause)| Error::internal(cause))?;
        let current = CurrentUser::from_request_parts(parts, state).await.ok();
        Ok(Self {
            state: state.clone(),
            context,
            public_url,
            cookies: CookieJar::from_headers(&parts.headers),
            session,
            current,
        })
    }
}

type FlowResult = std::result::Result<Response, FormError<Refusal>>;

impl CallbackRequest {
    fn refused_flow(&self, attempt: &Attempt) -> RefusedFlow<'_> {
        let (state, context) = (&self.state, &self.context);
        match &attempt.purpose {
            Purpose::SignIn => RefusedFlow::sign_in(state, context, &attempt.next),
            Purpose::Connect { .. } => {
                let flow =
                    RefusedFlow::form(state, context, Action::IdentityConnected, &attempt.next);
                match &self.current {
                    Some(who) => flow.with_user(who.user()),
                    None => flow,
                }
            }
            Purpose::Invitation { token } => {
                let page = format!("/invitation/{token}");
                RefusedFlow::form(state, context, Action::SignedIn, &page)
            }
        }
    }

    async fn finish(&self, attempt: Attempt, query: &CallbackQuery) -> FlowResult {
        let Attempt {
            request,
            purpose,
            next,
            ..
        } = attempt;
        let provider = self.state.single_sign_on()?;
        if !self
            .state
            .store
            .claim_oidc_callback(request.state())
            .await?
        {
            return Err(Reason::Again.into());
        }
        if let Some(reason) = query.reason_to_refuse(provider.issuer()) {
            return Err(reason.into());
        }
        let callback = self.public_url.link(CALLBACK);
        let finished = provider
            .finish(query.code.clone(), request, &callback)
            .await;
        let person = finished.map_err(Reason::Provider)?;
        match &purpose {
            Purpose::SignIn => self.sign_in(person, &next).await,
            Purpose::Connect { user, session } => self.connect(&person, user, session).await,
            Purpose::Invitation { token } => self.accept(person, token, &next).await,
        }
    }

    async fn sign_in(&self, person: ProviderUser, next: &str) -> FlowResult {
        let Self { state, context, .. } = self;
        let provider = state.single_sign_on()?;
        let by = context.record(Actor::oidc());
        let user = provider.user(&state.store, &person, &by).await?;
        let user = user.ok_or(Reason::NoAccount)?;
        if user.disabled {
            return Err(Reason::Disabled.with_user(user).into());
        }
        // Before anything is shown with the rights that earlier groups gave.
        let applied = provider.apply_groups(&state.store, &user, &person, &by);
        applied.await?;
        let login = VerifiedLogin {
            user: &user,
            next,
            identity: Some(person.identity()),
            id_token: Some(person.id_token),
        };
        Ok(second_step(state, context, &self.session, login).await?)
    }

    /// Links only in the session of the user who started it and gave the password.
    async fn connect(&self, person: &ProviderUser, user: &str, session: &str) -> FlowResult {
        let who = self.current.as_ref().filter(|who| who.user().id.0 == user);
        let who = who.filter(|who| who.session_handle() == session);
        let who = who.ok_or(Reason::NoSession)?;
        let (store, identity) = (&self.state.store, person.identity());
        let by = who.record();
        let connected = store.link_identity(who.user(), &identity, &by);
        match connected.await? {
            LinkOutcome::Linked => Ok(flash::redirect("/account/single-sign-on", "connected")),
            LinkOutcome::LinkedToOther => Err(Reason::Taken.into()),
            LinkOutcome::Outdated => Err(Reason::NoSession.into()),
        }
    }

    async fn accept(&self, person: ProviderUser, token: &str, next: &str) -> FlowResult {
        let (store, identity) = (&self.state.store, person.identity());
        let user = store.invited(token).await?.ok_or(Reason::NoInvitation)?;
        let by = self.context.record(Actor::user(&user, Via::Anonymous));
        let accepted = store.accept_invitation_with_identity(&user, token, &identity, &by);
        match accepted.await? {
            LinkOutcome::Linked => self.sign_in(person, next).await,
            LinkOutcome::LinkedToOther => Err(Reason::Taken.with_user(user).into()),
            LinkOutcome::Outdated => Err(Reason::NoInvitation.with_user(user).into()),
        }
    }
}
