//! Signing in through the provider: going there, and coming back.

use axum::{
    Extension,
    extract::{FromRequestParts, State},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::oidc::{AuthorizationRequest, ProviderUser},
    model::{Actor, User, Via},
    pages::oidc::{self, CALLBACK},
    store::{Action, LinkOutcome},
    web::{
        AppState, CurrentUser, Error, LenientQuery, Result,
        context::RequestContext,
        session,
        single_sign_on::{self, Attempt, Purpose},
        state::PublicUrl,
    },
};

use super::{
    Proven, go_on, own,
    refused::{Refusal, Refusing},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct StartQuery {
    next: String,
}

/// A link leads here, not a form: the content policy lets no form lead to another site.
pub async fn start(
    State(state): State<AppState>,
    Extension(context): Extension<RequestContext>,
    Extension(public_url): Extension<PublicUrl>,
    cookies: CookieJar,
    LenientQuery(StartQuery { next }): LenientQuery<StartQuery>,
) -> Result {
    let next = own(Some(&next));
    match oidc::begin(&state, &public_url, cookies, Purpose::SignIn, &next).await? {
        Ok(there) => Ok(oidc::go(there)),
        Err(failure) => {
            let refusing = Refusing::sign_in(&state, &context, &next);
            refusing.answer(Refusal::Provider(failure)).await
        }
    }
}

/// What the provider sends along.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    code: String,
    state: String,
    error: String,
    iss: String,
}

/// What came back, if it can be gone on with: the provider may say that nothing came of it.
fn refusal(returned: &CallbackQuery, issuer: &str) -> Option<Refusal> {
    if !returned.iss.is_empty() && returned.iss != issuer {
        return Some(Refusal::OtherAttempt);
    }
    match returned.error.as_str() {
        "" => returned.code.is_empty().then_some(Refusal::Error),
        "access_denied" => Some(Refusal::Denied),
        _ => Some(Refusal::Error),
    }
}

pub async fn come_back(
    visit: Visit,
    LenientQuery(returned): LenientQuery<CallbackQuery>,
) -> Result {
    let issuer = visit.portal.single_sign_on()?.issuer().to_owned();
    let Some(attempt) = visit.attempt(&returned.state) else {
        return visit.nowhere(Refusal::NotBegun).await;
    };
    let is_first = visit
        .portal
        .store
        .claim_oidc_callback(attempt.request.state());
    let is_first = is_first.await?;
    let Attempt {
        request,
        purpose,
        next,
        ..
    } = attempt;
    let returning = Returning {
        visit,
        purpose,
        next,
        state: returned.state.clone(),
    };
    let refused = if is_first {
        refusal(&returned, &issuer)
    } else {
        Some(Refusal::Again)
    };
    match refused {
        Some(refusal) => returning.refuse(None, refusal).await,
        None => returning.finish(returned.code, request).await,
    }
}

/// Somebody whom the provider sent here.
pub struct Visit {
    portal: AppState,
    context: RequestContext,
    public_url: PublicUrl,
    cookies: CookieJar,
    session: Session,
    /// Who is signed in already.
    who: Option<CurrentUser>,
}

impl FromRequestParts<AppState> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let Extension(context) = Extension::<RequestContext>::from_request_parts(parts, state)
            .await
            .map_err(Error::internal)?;
        let Extension(public_url) = Extension::from_request_parts(parts, state)
            .await
            .map_err(Error::internal)?;
        let session = Session::from_request_parts(parts, state).await;
        let session = session.map_err(|(_, cause)| Error::internal(cause))?;
        let who = CurrentUser::from_request_parts(parts, state).await.ok();
        Ok(Self {
            portal: state.clone(),
            context,
            public_url,
            cookies: CookieJar::from_headers(&parts.headers),
            session,
            who,
        })
    }
}

impl Visit {
    fn attempt(&self, state: &str) -> Option<Attempt> {
        let AppState {
            store,
            clock,
            https,
            ..
        } = &self.portal;
        single_sign_on::read(&self.cookies, *https, store.keys(), clock, state)
    }

    /// Nothing is known of what they wanted. An attempt of this browser that is under way goes on.
    async fn nowhere(self, refusal: Refusal) -> Result {
        let refusing = Refusing::sign_in(&self.portal, &self.context, "/");
        refusing.answer(refusal).await
    }
}

/// Somebody who comes back from an attempt of theirs.
struct Returning {
    visit: Visit,
    purpose: Purpose,
    next: String,
    state: String,
}

impl Returning {
    async fn refuse(&self, user: Option<&User>, refusal: Refusal) -> Result {
        let Visit {
            portal,
            context,
            who,
            ..
        } = &self.visit;
        let refusing = match &self.purpose {
            Purpose::SignIn => Refusing::sign_in(portal, context, &self.next).of(user),
            Purpose::Connect { .. } => {
                let signed_in = who.as_ref().map(CurrentUser::user);
                Refusing::form(portal, context, Action::IdentityConnected, &self.next)
                    .of(user.or(signed_in))
            }
            Purpose::Invitation { token } => {
                let page = format!("/invitation/{token}");
                Refusing::form(portal, context, Action::SignedIn, &page).of(user)
            }
        };
        let answer = refusing.answer(refusal).await?;
        Ok(self.ended(answer))
    }

    /// The attempt is over, whatever came of it.
    fn ended(&self, answer: Response) -> Response {
        let Visit {
            cookies, portal, ..
        } = &self.visit;
        let cookies = single_sign_on::taken(cookies.clone(), portal.https, &self.state);
        (cookies, answer).into_response()
    }

    async fn finish(self, code: String, request: AuthorizationRequest) -> Result {
        let Visit {
            portal, public_url, ..
        } = &self.visit;
        let callback = public_url.link(CALLBACK);
        let finished = portal.single_sign_on()?.finish(code, request, &callback);
        let person = match finished.await {
            Ok(person) => person,
            Err(failure) => return self.refuse(None, Refusal::Provider(failure)).await,
        };
        let answer = match &self.purpose {
            Purpose::SignIn => self.sign_in(person).await?,
            Purpose::Connect { user, session } => self.connect(&person, user, session).await?,
            Purpose::Invitation { token } => self.accept(person, token).await?,
        };
        Ok(self.ended(answer))
    }

    async fn sign_in(&self, person: ProviderUser) -> Result {
        let Visit {
            portal, context, ..
        } = &self.visit;
        let by = context.record(Actor::oidc());
        let provider = portal.single_sign_on()?;
        let user = provider.user(&portal.store, &person, &by).await?;
        match user {
            None => self.refuse(None, Refusal::NoAccount).await,
            Some(user) if user.disabled => self.refuse(Some(&user), Refusal::Disabled).await,
            Some(user) => self.enter(&user, person).await,
        }
    }

    /// Gives the rights that the groups give, before anything can be seen with those of before.
    async fn enter(&self, user: &User, person: ProviderUser) -> Result {
        let Visit {
            portal,
            context,
            session,
            ..
        } = &self.visit;
        let by = context.record(Actor::oidc());
        let provider = portal.single_sign_on()?;
        provider
            .apply_groups(&portal.store, user, &person, &by)
            .await?;
        let proven = Proven {
            user,
            next: &self.next,
            identity: Some(person.identity()),
            id_token: Some(person.id_token),
        };
        go_on(portal, context, session, proven).await
    }

    /// Only in the session that asked for it, whose password was given.
    async fn connect(&self, person: &ProviderUser, user: &str, session: &str) -> Result {
        let who = self.visit.who.as_ref();
        let who = who.filter(|who| who.user().id.0 == user);
        let is_session = session::handle(&self.visit.session).is_ok_and(|handle| handle == session);
        let Some(who) = who.filter(|_| is_session) else {
            return self.refuse(None, Refusal::NoSession).await;
        };
        let identity = person.identity();
        let store = &self.visit.portal.store;
        let by = who.record();
        let connected = store.link_identity(who.user(), &identity, &by);
        match connected.await? {
            LinkOutcome::Linked => {
                Ok(Redirect::to("/account/single-sign-on?done=connected").into_response())
            }
            LinkOutcome::LinkedToOther => self.refuse(None, Refusal::Others).await,
            LinkOutcome::Outdated => self.refuse(None, Refusal::NoSession).await,
        }
    }

    async fn accept(&self, person: ProviderUser, token: &str) -> Result {
        let Visit {
            portal, context, ..
        } = &self.visit;
        let Some(user) = portal.store.invited(token).await? else {
            return self.refuse(None, Refusal::NoInvitation).await;
        };
        let by = context.record(Actor::user(&user, Via::Anonymous));
        let identity = person.identity();
        let accepted = portal
            .store
            .accept_invitation_with_identity(&user, token, &identity, &by);
        match accepted.await? {
            // As which user the identity signs in from now on.
            LinkOutcome::Linked => self.sign_in(person).await,
            LinkOutcome::LinkedToOther => self.refuse(Some(&user), Refusal::Others).await,
            LinkOutcome::Outdated => self.refuse(Some(&user), Refusal::NoInvitation).await,
        }
    }
}
