//! One user of the site: name, rights, and ways to sign in.

pub mod teams;

use askama::Template;
use axum::{
    Extension, Form,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde::Deserialize;

use crate::{
    model::{KstDateTime, Role, Team, User, UserId},
    store::{RightRemoval, SiteUser, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, LenientQuery, Result, SiteAdmin,
        flash::{self, FlashQuery},
        forms::user::display_name,
        html, html_as,
        state::PublicUrl,
    },
};

use super::users::InvitationLink;

/// Whether and how a user can sign in.
#[derive(Debug)]
pub enum UserState {
    Active,
    Disabled,
    /// No password, and a link to choose one until then.
    Invited(KstDateTime),
    /// Neither a password nor a link.
    NoPassword,
}

impl UserState {
    pub fn new(user: &SiteUser) -> Self {
        match &user.link {
            _ if user.user.disabled => Self::Disabled,
            Some((until, _)) => Self::Invited(*until),
            None if user.has_password || user.single_sign_on => Self::Active,
            None => Self::NoPassword,
        }
    }
}

/// The user of the URL, and the site admin managing them.
pub struct ManagedUser {
    who: CurrentUser,
    site_user: SiteUser,
}

/// A managed user other than the site admin, who could lock themselves out.
pub struct OtherUser(ManagedUser);

impl ManagedUser {
    fn user(&self) -> &User {
        &self.site_user.user
    }

    fn path(&self) -> String {
        format!("/admin/users/{}", self.user().id.0)
    }

    fn is_self(&self) -> bool {
        self.user().id == self.who.user().id
    }

    fn done(&self, code: &str) -> Response {
        flash::redirect(&self.path(), code)
    }

    /// `changed`: whether the change had an effect.
    fn done_if(&self, changed: bool, code: &str) -> Response {
        self.done(if changed { code } else { "unchanged" })
    }
}

impl FromRequestParts<AppState> for ManagedUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let SiteAdmin(who) = SiteAdmin::from_request_parts(parts, state).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::NotFound)?;
        let site_user = state.store.site_user(&UserId(id)).await?;
        let site_user = site_user.ok_or(Error::NotFound)?;
        Ok(Self { who, site_user })
    }
}

impl FromRequestParts<AppState> for OtherUser {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let managed = ManagedUser::from_request_parts(parts, state).await?;
        if managed.is_self() {
            return Err(managed.who.refuse(&state.store).await);
        }
        Ok(Self(managed))
    }
}

#[derive(Template)]
#[template(path = "admin/user.html")]
struct Show {
    layout: Layout,
    user: User,
    state: UserState,
    link_by: Option<String>,
    second_factor: bool,
    single_sign_on: bool,
    is_self: bool,
    path: String,
    teams: Vec<(Team, Role)>,
    other_teams: Vec<Team>,
    roles: [Role; 4],
    typed_name: String,
    errors: FormErrors,
    flash: Option<&'static str>,
}

/// The page without errors.
async fn view(managed: &ManagedUser, store: &Store) -> Result<Show> {
    let (teams, other_teams) = teams::load(managed, store).await?;
    let SiteUser {
        user,
        link,
        second_factor,
        single_sign_on,
        ..
    } = &managed.site_user;
    Ok(Show {
        layout: managed.who.layout(),
        user: user.clone(),
        state: UserState::new(&managed.site_user),
        link_by: link.as_ref().map(|(_, by)| by.clone()),
        second_factor: *second_factor,
        single_sign_on: *single_sign_on,
        is_self: managed.is_self(),
        path: managed.path(),
        teams,
        other_teams,
        roles: Role::ALL,
        typed_name: user.display_name.clone(),
        errors: FormErrors::default(),
        flash: None,
    })
}

async fn again(managed: &ManagedUser, store: &Store, errors: FormErrors) -> Result {
    let view = view(managed, store).await?;
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &Show { errors, ..view })
}

const FLASHES: [(&str, &str); 11] = [
    ("name", "user-is-renamed"),
    ("rights", "user-rights-are-changed"),
    ("disabled", "user-is-disabled"),
    ("enabled", "user-is-enabled"),
    ("withdrawn", "link-is-withdrawn"),
    ("second-factor", "second-factor-is-reset"),
    ("single-sign-on", "single-sign-on-is-taken"),
    ("added", "member-is-added"),
    ("role", "member-role-is-changed"),
    ("removed", "member-is-removed"),
    ("unchanged", "user-unchanged"),
];

pub async fn show(
    managed: ManagedUser,
    State(store): State<Store>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    let flash = query.message(&FLASHES);
    let view = view(&managed, &store).await?;
    html(&Show { flash, ..view })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NameForm {
    display_name: String,
}

pub async fn rename(
    managed: ManagedUser,
    State(store): State<Store>,
    Form(typed): Form<NameForm>,
) -> Result {
    let name = match display_name(&typed.display_name) {
        Ok(name) => name,
        Err(message) => {
            let again = Show {
                typed_name: typed.display_name,
                errors: FormErrors::one("display_name", message),
                ..view(&managed, &store).await?
            };
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
    };
    let by = managed.who.record();
    store.rename_user(managed.user(), &name, &by).await?;
    Ok(managed.done("name"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SiteAdminForm {
    site_admin: String,
}

pub async fn site_admin(
    OtherUser(managed): OtherUser,
    State(store): State<Store>,
    Form(typed): Form<SiteAdminForm>,
) -> Result {
    let by = managed.who.record();
    if typed.site_admin == "yes" {
        store.make_site_admin(managed.user(), &by).await?;
        return Ok(managed.done("rights"));
    }
    let taken = store.take_site_admin(managed.user(), &by).await?;
    right_taken(&managed, &store, taken, "rights").await
}

pub async fn disable(OtherUser(managed): OtherUser, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    let taken = store.disable_one_of_users(managed.user(), &by).await?;
    right_taken(&managed, &store, taken, "disabled").await
}

async fn right_taken(
    managed: &ManagedUser,
    store: &Store,
    taken: RightRemoval,
    code: &str,
) -> Result {
    match taken {
        RightRemoval::Removed => Ok(managed.done(code)),
        RightRemoval::Absent => Ok(managed.done("unchanged")),
        RightRemoval::LastSiteAdmin => {
            let errors = FormErrors::one("site_admin", "site-admin-last");
            again(managed, store, errors).await
        }
    }
}

pub async fn enable(managed: ManagedUser, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    let enabled = store.enable_user(managed.user(), &by).await?;
    Ok(managed.done_if(enabled, "enabled"))
}

/// A link to choose a password. The old password no longer works.
pub async fn make_link(
    OtherUser(managed): OtherUser,
    State(store): State<Store>,
    Extension(public_url): Extension<PublicUrl>,
) -> Result {
    let user = managed.user();
    if user.disabled {
        return Ok(managed.done("unchanged"));
    }
    let token = store.reset_password(user, &managed.who.record()).await?;
    let names = (&user.id, user.username.as_str(), user.display_name.as_str());
    html(&InvitationLink::new(
        &managed.who,
        &public_url,
        names,
        &token,
    ))
}

pub async fn withdraw_link(managed: ManagedUser, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    let withdrawn = store.withdraw_link(managed.user(), &by).await?;
    Ok(managed.done_if(withdrawn, "withdrawn"))
}

pub async fn reset_second_factor(
    OtherUser(managed): OtherUser,
    State(store): State<Store>,
) -> Result {
    let by = managed.who.record();
    let reset = store.reset_second_factor(managed.user(), &by).await?;
    Ok(managed.done_if(reset, "second-factor"))
}

pub async fn disconnect(OtherUser(managed): OtherUser, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    let ended = store.unlink_identities(managed.user(), &by).await?;
    Ok(managed.done_if(ended.is_some(), "single-sign-on"))
}
