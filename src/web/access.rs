//! Authentication and authorization extractors. A handler's argument type is its permission check.

use std::marker::PhantomData;

use axum::{
    Extension, RequestPartsExt as _,
    extract::{FromRequestParts, MatchedPath, Path},
    http::request::Parts,
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    config::SecondFactorRule,
    model::{Membership, Permission, Role, Slug, Team, User},
    store::{AuditRecord, Store},
};

use super::{
    AppState, Error, Layout,
    context::RequestContext,
    session::{self, SessionEnd},
};

/// What a handler asks for, as a type.
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
permissions!(ReadTeam, ReadAudit, ChangeControl, ManageTeam);

/// Somebody who is signed in.
#[derive(Debug)]
pub struct CurrentUser {
    pub user: User,
    pub memberships: Vec<Membership>,
    pub context: RequestContext,
    /// What names the session, for the audit log.
    session: Option<String>,
    pub session_end: SessionEnd,
    /// Method and path of the route, by which refusals are counted.
    route: String,
}

/// Somebody who is signed in, also if they must have a second factor and have none yet: such a one
/// may only set it up.
#[derive(Debug)]
pub struct MfaPendingUser {
    signed_in: CurrentUser,
    pub must: bool,
}

/// Somebody who is signed in, by a request that does not prolong their session.
#[derive(Debug)]
pub struct PeekedSession(pub MfaPendingUser);

/// A member of the team that the address names, who may `P` there.
#[derive(Debug)]
pub struct Authorized<P> {
    signed_in: CurrentUser,
    membership: Membership,
    permission: PhantomData<P>,
}

/// A site admin.
#[derive(Debug)]
pub struct SiteAdmin(pub CurrentUser);

impl CurrentUser {
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout {
            session: Some(self.session_end),
            ..Layout::of(&self.context, &self.user, &self.memberships, None)
        }
    }

    /// What names the session that this person has opened.
    #[must_use]
    pub fn session_handle(&self) -> &str {
        self.session.as_deref().unwrap_or_default()
    }

    /// Who is about to do something, for the audit log.
    #[must_use]
    pub fn record(&self) -> AuditRecord {
        record(AuditRecord::by(&self.user), &self.context).in_session(self.session.as_deref())
    }

    /// Writes down that this person asked for something that they may not.
    async fn refused(&self, store: &Store, team: Option<&Team>) -> Result<(), Error> {
        let address = &self.context.address;
        let record = match team {
            Some(team) => self.record().on_team(&team.id, address),
            None => self.record().on(address),
        };
        Ok(store.audit_refusal(&record, &self.route).await?)
    }
}

impl SiteAdmin {
    /// Refuses what not even a site admin may.
    pub async fn refuse(&self, store: &Store) -> Error {
        match self.0.refused(store, None).await {
            Ok(()) => Error::Forbidden,
            Err(error) => error,
        }
    }
}

impl MfaPendingUser {
    #[must_use]
    pub fn user(&self) -> &User {
        &self.signed_in.user
    }

    #[must_use]
    pub fn context(&self) -> &RequestContext {
        &self.signed_in.context
    }

    #[must_use]
    pub fn session_end(&self) -> SessionEnd {
        self.signed_in.session_end
    }

    /// Without the teams, as long as none of them can be seen.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let CurrentUser {
            user,
            memberships,
            context,
            session_end,
            ..
        } = &self.signed_in;
        let teams: &[Membership] = if self.must { &[] } else { memberships };
        Layout {
            alone: self.must,
            session: Some(*session_end),
            ..Layout::of(context, user, teams, None)
        }
    }

    #[must_use]
    pub fn record(&self) -> AuditRecord {
        self.signed_in.record()
    }
}

/// Adds to a record where the request came from.
#[must_use]
pub fn record(by: AuditRecord, context: &RequestContext) -> AuditRecord {
    let client = context.client.map(|ip| ip.to_string());
    by.from(Some(&context.request_id), client)
}

impl<P> Authorized<P> {
    #[must_use]
    pub fn user(&self) -> &User {
        &self.signed_in.user
    }

    #[must_use]
    pub fn team(&self) -> &Team {
        &self.membership.team
    }

    /// May the same person also do that, so that the page should offer it.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.membership.role.may(permission)
    }

    #[must_use]
    pub fn layout(&self) -> Layout {
        let CurrentUser {
            context,
            user,
            memberships,
            session_end,
            ..
        } = &self.signed_in;
        Layout {
            session: Some(*session_end),
            ..Layout::of(context, user, memberships, Some(&self.membership))
        }
    }

    #[must_use]
    pub fn record(&self) -> AuditRecord {
        self.signed_in.record()
    }

    /// Refuses what their role alone does not tell that they may not.
    pub async fn refuse(&self, store: &Store) -> Error {
        match self.signed_in.refused(store, Some(self.team())).await {
            Ok(()) => Error::Forbidden,
            Err(error) => error,
        }
    }
}

impl FromRequestParts<AppState> for MfaPendingUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        identify(parts, state, true).await
    }
}

impl FromRequestParts<AppState> for PeekedSession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        identify(parts, state, false).await.map(Self)
    }
}

/// The user of the request's session, which the request may prolong.
async fn identify(
    parts: &mut Parts,
    state: &AppState,
    prolongs: bool,
) -> Result<MfaPendingUser, Error> {
    let Extension(context) = parts
        .extract::<Extension<RequestContext>>()
        .await
        .map_err(Error::internal)?;
    let session = parts
        .extract::<Session>()
        .await
        .map_err(|(_, reason)| Error::internal(reason))?;
    let AppState {
        store, sessions, ..
    } = state;
    let now = state.clock.korean();
    let known = session::signed_in(&session, sessions, now, prolongs).await?;
    let (id, session_end) = known.ok_or(Error::SignIn)?;
    let user = store.user(&id).await?.filter(|user| !user.disabled);
    let user = user.ok_or(Error::SignIn)?;
    let memberships = store.memberships(&user).await?;
    let must = is_required(state.second_factor, &user, &memberships)
        && !store.has_second_factor(&user.id).await?;
    let signed_in = CurrentUser {
        user,
        memberships,
        context,
        session: session::handle(&session).ok(),
        session_end,
        route: route(parts),
    };
    let pending = MfaPendingUser { signed_in, must };
    // From here on an error is shown to this person, inside their page.
    pending.context().show_errors_in(pending.layout());
    Ok(pending)
}

fn route(parts: &Parts) -> String {
    let path = parts.extensions.get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    format!("{} {path}", parts.method)
}

/// Must that person have a second factor.
fn is_required(rule: SecondFactorRule, user: &User, memberships: &[Membership]) -> bool {
    match rule {
        SecondFactorRule::Optional => false,
        SecondFactorRule::Operators => {
            user.site_admin
                || memberships
                    .iter()
                    .any(|membership| membership.role >= Role::Operator)
        }
        SecondFactorRule::Everybody => true,
    }
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let MfaPendingUser { signed_in, must } =
            MfaPendingUser::from_request_parts(parts, state).await?;
        if must {
            return Err(Error::SecondFactor);
        }
        Ok(signed_in)
    }
}

#[derive(Deserialize)]
struct TeamPath {
    slug: String,
}

impl<P: RequiredPermission> FromRequestParts<AppState> for Authorized<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let signed_in = CurrentUser::from_request_parts(parts, state).await?;
        let Path(TeamPath { slug }) = parts
            .extract::<Path<TeamPath>>()
            .await
            .map_err(|_| Error::NotFound)?;
        let slug: Slug = slug.parse().map_err(|_| Error::NotFound)?;
        let mine = |membership: &&Membership| membership.team.slug == slug;
        let Some(membership) = signed_in.memberships.iter().find(mine).cloned() else {
            // Alike whether there is such a team or not, also in the log of the person's own team.
            // A site admin sees every team, so that this is none.
            if !signed_in.user.site_admin {
                signed_in.refused(&state.store, None).await?;
            }
            return Err(Error::NotFound);
        };
        let can = Self {
            signed_in,
            membership,
            permission: PhantomData,
        };
        can.signed_in.context.show_errors_in(can.layout());
        if !can.may(P::PERMISSION) {
            return Err(can.refuse(&state.store).await);
        }
        Ok(can)
    }
}

impl FromRequestParts<AppState> for SiteAdmin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let signed_in = CurrentUser::from_request_parts(parts, state).await?;
        if signed_in.user.site_admin {
            return Ok(Self(signed_in));
        }
        signed_in.refused(&state.store, None).await?;
        Err(Error::Forbidden)
    }
}
