//! Who may: the session tells who asks, the handler's signature what they must be allowed to.
//!
//! A handler that names no permission has no frame for its page and no author for its change.

use std::marker::PhantomData;

use axum::{
    Extension, RequestPartsExt as _,
    extract::{FromRef, FromRequestParts, MatchedPath, Path},
    http::{Method, request::Parts},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::{
    config::SecondFactorRule,
    model::{Clock, Membership, Permission, Role, Slug, Team, User},
    store::{AuditRecord, Sessions, Store},
};

use super::{
    Error, Page,
    asking::Asking,
    session::{self, NewRights, SessionEnd},
};

/// What a handler asks for, as a type.
pub trait Asks: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($name:ident),*) => {
        $(
            #[derive(Debug)]
            pub struct $name;
            impl Asks for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}
permissions!(ReadTeam, ReadAudit, ChangeControl, ManageTeam);

/// Somebody who is signed in.
#[derive(Debug)]
pub struct SignedIn {
    pub user: User,
    pub memberships: Vec<Membership>,
    pub asking: Asking,
    /// What names the session, for the audit log.
    session: Option<String>,
    pub session_end: SessionEnd,
    /// Method and path of the route, by which refusals are counted.
    route: String,
}

/// Somebody who is signed in, also if they must have a second factor and have none yet: such a one
/// may only set it up.
#[derive(Debug)]
pub struct SettingUp {
    signed_in: SignedIn,
    pub must: bool,
}

/// Somebody who is signed in and only looks how long they stay so, which prolongs nothing.
#[derive(Debug)]
pub struct Looking(pub SettingUp);

/// Somebody who is signed in and signs out, be it in a tab that has not seen the session's new id.
#[derive(Debug)]
pub struct Leaving(pub SettingUp);

/// A member of the team that the address names, who may `P` there.
#[derive(Debug)]
pub struct Can<P> {
    signed_in: SignedIn,
    membership: Membership,
    permission: PhantomData<P>,
}

/// A site admin.
#[derive(Debug)]
pub struct SiteAdmin(pub SignedIn);

impl SignedIn {
    #[must_use]
    pub fn page(&self) -> Page {
        Page {
            session: Some(self.session_end),
            ..Page::of(&self.asking, &self.user, &self.memberships, None)
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
        record(AuditRecord::by(&self.user), &self.asking).in_session(self.session.as_deref())
    }

    /// Writes down that this person asked for something that they may not.
    async fn refused(&self, store: &Store, team: Option<&Team>) -> Result<(), Error> {
        let address = &self.asking.address;
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

impl SettingUp {
    #[must_use]
    pub fn user(&self) -> &User {
        &self.signed_in.user
    }

    #[must_use]
    pub fn asking(&self) -> &Asking {
        &self.signed_in.asking
    }

    #[must_use]
    pub fn session_end(&self) -> SessionEnd {
        self.signed_in.session_end
    }

    /// Without the teams, as long as none of them can be seen.
    #[must_use]
    pub fn page(&self) -> Page {
        let SignedIn {
            user,
            memberships,
            asking,
            session_end,
            ..
        } = &self.signed_in;
        let teams: &[Membership] = if self.must { &[] } else { memberships };
        Page {
            alone: self.must,
            session: Some(*session_end),
            ..Page::of(asking, user, teams, None)
        }
    }

    #[must_use]
    pub fn record(&self) -> AuditRecord {
        self.signed_in.record()
    }
}

/// Adds to a record where the request came from.
#[must_use]
pub fn record(by: AuditRecord, asking: &Asking) -> AuditRecord {
    let client = asking.client.map(|ip| ip.to_string());
    by.from(Some(&asking.request_id), client)
}

impl<P> Can<P> {
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
    pub fn page(&self) -> Page {
        let SignedIn {
            asking,
            user,
            memberships,
            session_end,
            ..
        } = &self.signed_in;
        Page {
            session: Some(*session_end),
            ..Page::of(asking, user, memberships, Some(&self.membership))
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

impl<S: Send + Sync> FromRequestParts<S> for SettingUp
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        identify(parts, state, For::Using).await
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Looking
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        identify(parts, state, For::Looking).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Leaving
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        identify(parts, state, For::Leaving).await.map(Self)
    }
}

/// What a request does with the session that it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Prolongs it. By an id that was replaced it only reads.
    Using,
    Looking,
    Leaving,
}

/// Who asks.
async fn identify<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    purpose: For,
) -> Result<SettingUp, Error>
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    let (store, clock) = (Store::from_ref(state), Clock::from_ref(state));
    let Extension(asking) = parts
        .extract::<Extension<Asking>>()
        .await
        .map_err(Error::internal)?;
    let session = parts
        .extract::<Session>()
        .await
        .map_err(|(_, reason)| Error::internal(reason))?;
    let sessions = Sessions::from_ref(state);
    let only_reads = matches!(parts.method, Method::GET | Method::HEAD);
    if purpose != For::Leaving && !only_reads && !session::is_current(&session).await? {
        return Err(Error::SignIn);
    }
    let prolongs = purpose == For::Using;
    let known = session::signed_in(&session, &sessions, clock.korean(), prolongs).await?;
    let (id, session_end) = known.ok_or(Error::SignIn)?;
    let user = store.user(&id).await?.filter(|user| !user.disabled);
    let user = user.ok_or(Error::SignIn)?;
    let memberships = store.memberships(&user).await?;
    if let Some(new_rights) = parts.extensions.get::<NewRights>() {
        new_rights.compare(&session, &user, &memberships).await?;
    }
    let must = is_required(SecondFactorRule::from_ref(state), &user, &memberships)
        && !store.has_second_factor(&user.id).await?;
    let signed_in = SignedIn {
        user,
        memberships,
        asking,
        session: session::handle(&session).ok(),
        session_end,
        route: route(parts),
    };
    let setting_up = SettingUp { signed_in, must };
    // From here on an error is shown to this person, inside their page.
    setting_up.asking().show_errors_in(setting_up.page());
    Ok(setting_up)
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
            user.site_admin || memberships.iter().any(|it| it.role >= Role::Operator)
        }
        SecondFactorRule::Everybody => true,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let SettingUp { signed_in, must } = SettingUp::from_request_parts(parts, state).await?;
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

impl<S: Send + Sync, P: Asks> FromRequestParts<S> for Can<P>
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
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
                signed_in.refused(&Store::from_ref(state), None).await?;
            }
            return Err(Error::NotFound);
        };
        let can = Self {
            signed_in,
            membership,
            permission: PhantomData,
        };
        can.signed_in.asking.show_errors_in(can.page());
        if !can.may(P::PERMISSION) {
            return Err(can.refuse(&Store::from_ref(state)).await);
        }
        Ok(can)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SiteAdmin
where
    Store: FromRef<S>,
    Clock: FromRef<S>,
    SecondFactorRule: FromRef<S>,
    Sessions: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let signed_in = SignedIn::from_request_parts(parts, state).await?;
        if signed_in.user.site_admin {
            return Ok(Self(signed_in));
        }
        signed_in.refused(&Store::from_ref(state), None).await?;
        Err(Error::Forbidden)
    }
}
