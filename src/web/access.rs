//! Authentication and authorization extractors. A handler's argument type is its permission check.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use axum::{
    Extension, RequestPartsExt as _,
    extract::{FromRequestParts, MatchedPath, Path},
    http::request::Parts,
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    auth::{LoginError, PasswordLogin},
    config::SecondFactorRule,
    model::{Actor, Membership, Permission, Role, Slug, Team, User, Via},
    store::{AuditRecord, Store},
};

use super::{
    AppState, Error,
    context::RequestContext,
    session::{self, SessionEnd},
};

/// A permission as a type parameter of [`Authorized`].
pub trait RequiredPermission: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($name:ident),*) => {
        $(
            #[derive(Debug)]
            pub struct $name;
            impl RequiredPermission for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}
permissions!(
    ReadTeam,
    ReadAudit,
    ReviewTickets,
    ChangeControl,
    ManageTeam
);

/// The authenticated user of a request, without anything that only pages know.
#[derive(Debug)]
pub struct Principal {
    pub user: User,
    pub via: Via,
    pub memberships: Vec<Membership>,
    /// `None` for a request without a session.
    pub session_end: Option<SessionEnd>,
    /// MFA is required of the user and not set up.
    pub lacks_mfa: bool,
}

/// An authenticated user who meets the MFA rule.
#[derive(Debug)]
pub struct CurrentUser {
    principal: Arc<Principal>,
    context: RequestContext,
    /// Method and path of the route; refusals are counted by it.
    route: String,
}

/// An authenticated user, with or without the MFA that they need. Only the pages that set it up take it.
#[derive(Debug)]
pub struct MfaPendingUser(CurrentUser);

/// The user of a request that does not prolong the session.
#[derive(Debug)]
pub struct PeekedSession(pub CurrentUser);

/// A member of the URL's team with permission `P`.
#[derive(Debug)]
pub struct Authorized<P> {
    user: CurrentUser,
    membership: Membership,
    permission: PhantomData<P>,
}

#[derive(Debug)]
pub struct SiteAdmin(pub CurrentUser);

impl CurrentUser {
    #[must_use]
    pub fn user(&self) -> &User {
        &self.principal.user
    }

    #[must_use]
    pub fn memberships(&self) -> &[Membership] {
        &self.principal.memberships
    }

    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.context
    }

    #[must_use]
    pub fn session_end(&self) -> Option<SessionEnd> {
        self.principal.session_end
    }

    #[must_use]
    pub fn lacks_mfa(&self) -> bool {
        self.principal.lacks_mfa
    }

    /// The handle of the session that the request came with.
    #[must_use]
    pub fn session_handle(&self) -> &str {
        match &self.principal.via {
            Via::Session(handle) => handle,
            _ => "",
        }
    }

    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::user(&self.principal.user, self.principal.via.clone())
    }

    #[must_use]
    pub fn record(&self) -> AuditRecord {
        self.context.record(self.actor())
    }

    /// The user, as the check of their password finds them. Changes to how they sign in ask for it.
    pub async fn reauthenticate(
        &self,
        state: &AppState,
        password: &str,
    ) -> Result<User, LoginError> {
        let login = PasswordLogin {
            store: &state.store,
            passwords: &state.passwords,
            client: self.context.client,
        };
        let by = self.record();
        login.reauthenticate(self.user(), password, &by).await
    }

    /// Audits a refused request, and returns the error to respond with.
    pub async fn refuse(&self, store: &Store) -> Error {
        match self.audit_refusal(store).await {
            Ok(()) => Error::Forbidden,
            Err(error) => error,
        }
    }

    async fn audit_refusal(&self, store: &Store) -> Result<(), Error> {
        let address = &self.context.address;
        let record = match self.context.team() {
            Some(membership) => self.record().on_team(&membership.team.id, address),
            None => self.record().on(address),
        };
        Ok(store.audit_refusal(&record, &self.route).await?)
    }
}

impl Deref for MfaPendingUser {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.0
    }
}

impl<P> Deref for Authorized<P> {
    type Target = CurrentUser;

    fn deref(&self) -> &CurrentUser {
        &self.user
    }
}

impl<P> Authorized<P> {
    #[must_use]
    pub fn team(&self) -> &Team {
        &self.membership.team
    }

    /// Whether the user's role in the team has another permission too, so that the page offers it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.membership.role.may(permission)
    }
}

impl FromRequestParts<AppState> for MfaPendingUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        authenticate(parts, state, true).await.map(Self)
    }
}

impl FromRequestParts<AppState> for PeekedSession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        authenticate(parts, state, false).await.map(Self)
    }
}

/// The user of the request's session; `prolongs` the session.
async fn authenticate(
    parts: &mut Parts,
    state: &AppState,
    prolongs: bool,
) -> Result<CurrentUser, Error> {
    let Extension(context) = parts
        .extract::<Extension<RequestContext>>()
        .await
        .map_err(Error::internal)?;
    let session = parts
        .extract::<Session>()
        .await
        .map_err(|(_, reason)| Error::internal(reason))?;
    let now = state.clock.korean();
    let found = session::load_with_user(&session, &state.sessions, now, prolongs).await?;
    let (found, session_end) = found.ok_or(Error::SignIn)?;
    let lacks_mfa = is_required(state.second_factor, &found.user, &found.memberships)
        && !found.has_second_factor;
    let principal = Arc::new(Principal {
        user: found.user,
        via: Via::Session(session::handle(&session)?),
        memberships: found.memberships,
        session_end: Some(session_end),
        lacks_mfa,
    });
    context.set_principal(Arc::clone(&principal));
    Ok(CurrentUser {
        principal,
        context,
        route: route(parts),
    })
}

fn route(parts: &Parts) -> String {
    let path = parts.extensions.get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    format!("{} {path}", parts.method)
}

/// Whether the rule requires MFA of that user.
fn is_required(rule: SecondFactorRule, user: &User, memberships: &[Membership]) -> bool {
    let operates = |membership: &Membership| membership.role >= Role::Operator;
    match rule {
        SecondFactorRule::Optional => false,
        SecondFactorRule::Operators => user.site_admin || memberships.iter().any(operates),
        SecondFactorRule::Everybody => true,
    }
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let MfaPendingUser(user) = MfaPendingUser::from_request_parts(parts, state).await?;
        if user.lacks_mfa() {
            return Err(Error::SecondFactor);
        }
        Ok(user)
    }
}

#[derive(Deserialize)]
struct TeamPath {
    slug: String,
}

impl<P: RequiredPermission> FromRequestParts<AppState> for Authorized<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        let Path(TeamPath { slug }) = parts
            .extract::<Path<TeamPath>>()
            .await
            .map_err(|_| Error::NotFound)?;
        let slug: Slug = slug.parse().map_err(|_| Error::NotFound)?;
        let mut memberships = user.memberships().iter();
        let Some(membership) = memberships.find(|membership| membership.team.slug == slug) else {
            // Alike whether there is such a team or not, also in the log of the user's own team.
            // A site admin sees every team, so that this is none.
            if !user.user().site_admin {
                user.audit_refusal(&state.store).await?;
            }
            return Err(Error::NotFound);
        };
        let membership = membership.clone();
        user.context.set_team(membership.clone());
        if !membership.role.may(P::PERMISSION) {
            return Err(user.refuse(&state.store).await);
        }
        Ok(Self {
            user,
            membership,
            permission: PhantomData,
        })
    }
}

impl FromRequestParts<AppState> for SiteAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let user = CurrentUser::from_request_parts(parts, state).await?;
        if !user.user().site_admin {
            return Err(user.refuse(&state.store).await);
        }
        Ok(Self(user))
    }
}
