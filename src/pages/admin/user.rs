//! One user of the site: names, rights, teams, and what helps somebody who cannot sign in.

use askama::Template;
use axum::{
    Extension, Form,
    extract::{FromRef, FromRequestParts, Path, State as StateOf},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    model::{KstDateTime, Role, Slug, Team, User, UserId},
    pages::user_form::display_name,
    store::{self, RightRemoval, SiteUser, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, LenientQuery, Result, SiteAdmin, html,
        html_as, state::PublicUrl,
    },
};

use super::users::JustMade;
use State as UserState;

/// Whether and how somebody can sign in.
#[derive(Debug)]
pub(super) enum State {
    Active,
    Disabled,
    /// No password yet, or none any more, and a link to choose one until then.
    Invited(KstDateTime),
    /// Neither a password nor a link.
    NoPassword,
}

impl State {
    pub fn of(user: &SiteUser) -> Self {
        match &user.link {
            _ if user.user.disabled => Self::Disabled,
            Some((until, _)) => Self::Invited(*until),
            None if user.has_password || user.single_sign_on => Self::Active,
            None => Self::NoPassword,
        }
    }
}

/// The user that the address names, asked for by a site admin.
pub struct SiteScope {
    who: CurrentUser,
    site_user: SiteUser,
}

impl SiteScope {
    fn user(&self) -> &User {
        &self.site_user.user
    }

    fn path(&self) -> String {
        format!("/admin/users/{}", self.user().id.0)
    }

    fn done(&self, done: &str) -> Response {
        Redirect::to(&format!("{}?done={done}", self.path())).into_response()
    }

    fn is_oneself(&self) -> bool {
        self.user().id == self.who.user().id
    }

    /// Nobody takes their own rights away, or locks themselves out.
    async fn other(self, store: &Store) -> Result<Self> {
        if self.is_oneself() {
            return Err(self.who.refuse(store).await);
        }
        Ok(self)
    }
}

impl FromRequestParts<AppState> for SiteScope {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let SiteAdmin(who) = SiteAdmin::from_request_parts(parts, state).await?;
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::NotFound)?;
        let site_user = Store::from_ref(state).site_user(&UserId(id)).await?;
        let site_user = site_user.ok_or(Error::NotFound)?;
        Ok(Self { who, site_user })
    }
}

#[derive(Template)]
#[template(path = "admin/user.html")]
struct Show {
    layout: Layout,
    user: User,
    state: State,
    link_by: Option<String>,
    second_factor: bool,
    single_sign_on: bool,
    is_oneself: bool,
    path: String,
    teams: Vec<(Team, Role)>,
    other_teams: Vec<Team>,
    roles: [Role; 4],
    typed_name: String,
    errors: FormErrors,
    done: Option<&'static str>,
}

async fn view(of: &SiteScope, store: &Store) -> Result<Show> {
    let memberships = store.all_memberships().await?;
    let role_in = |slug: &Slug| {
        let mine = memberships
            .iter()
            .find(|(name, its, _)| *name == of.user().username && its == slug);
        mine.map(|(_, _, role)| *role)
    };
    let (mut teams, mut other_teams) = (Vec::new(), Vec::new());
    for team in store.teams().await? {
        match role_in(&team.slug) {
            Some(role) => teams.push((team, role)),
            None => other_teams.push(team),
        }
    }
    Ok(Show {
        layout: of.who.layout(),
        user: of.user().clone(),
        state: State::of(&of.site_user),
        link_by: of.site_user.link.as_ref().map(|(_, by)| by.clone()),
        second_factor: of.site_user.second_factor,
        single_sign_on: of.site_user.single_sign_on,
        is_oneself: of.is_oneself(),
        path: of.path(),
        teams,
        other_teams,
        roles: Role::ALL,
        typed_name: of.user().display_name.clone(),
        errors: FormErrors::default(),
        done: None,
    })
}

async fn again(of: &SiteScope, store: &Store, errors: FormErrors) -> Result {
    let view = view(of, store).await?;
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &Show { errors, ..view })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

pub async fn show(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    LenientQuery(query): LenientQuery<Done>,
) -> Result {
    let done = match query.done.as_str() {
        "name" => Some("user-is-renamed"),
        "rights" => Some("user-rights-are-changed"),
        "disabled" => Some("user-is-disabled"),
        "enabled" => Some("user-is-enabled"),
        "withdrawn" => Some("link-is-withdrawn"),
        "second-factor" => Some("second-factor-is-reset"),
        "single-sign-on" => Some("single-sign-on-is-taken"),
        "added" => Some("member-is-added"),
        "role" => Some("member-role-is-changed"),
        "removed" => Some("member-is-removed"),
        "unchanged" => Some("user-unchanged"),
        _ => None,
    };
    let view = view(&of, &store).await?;
    html(&Show { done, ..view })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Name {
    display_name: String,
}

pub async fn rename(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Form(typed): Form<Name>,
) -> Result {
    let name = display_name(&typed.display_name);
    let name = name.and_then(|name| {
        if name.is_empty() {
            Err("display-name-shape")
        } else {
            Ok(name)
        }
    });
    let name = match name {
        Ok(name) => name,
        Err(problem) => {
            let mut view = view(&of, &store).await?;
            view.typed_name = typed.display_name;
            view.errors.add("display_name", problem);
            return html_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    store
        .rename_user(of.user(), &name, &of.who.record())
        .await?;
    Ok(of.done("name"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Given {
    site_admin: String,
}

pub async fn site_admin(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Form(given): Form<Given>,
) -> Result {
    let of = of.other(&store).await?;
    let by = of.who.record();
    if given.site_admin == "yes" {
        store.make_site_admin(of.user(), &by).await?;
        return Ok(of.done("rights"));
    }
    let taken = store.take_site_admin(of.user(), &by).await?;
    told(&of, &store, taken, "rights").await
}

pub async fn disable(of: SiteScope, StateOf(store): StateOf<Store>) -> Result {
    let of = of.other(&store).await?;
    let by = of.who.record();
    let taken = store.disable_one_of_users(of.user(), &by).await?;
    told(&of, &store, taken, "disabled").await
}

async fn told(of: &SiteScope, store: &Store, taken: RightRemoval, done: &str) -> Result {
    match taken {
        RightRemoval::Removed => Ok(of.done(done)),
        RightRemoval::Absent => Ok(of.done("unchanged")),
        RightRemoval::LastSiteAdmin => {
            let errors = FormErrors::one("site_admin", "site-admin-last");
            again(of, store, errors).await
        }
    }
}

pub async fn enable(of: SiteScope, StateOf(store): StateOf<Store>) -> Result {
    let enabled = store.enable_user(of.user(), &of.who.record()).await?;
    Ok(of.done(if enabled { "enabled" } else { "unchanged" }))
}

/// A link to choose a password: whatever password there was does not work any more.
pub async fn make_link(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Extension(public_url): Extension<PublicUrl>,
) -> Result {
    let of = of.other(&store).await?;
    let user = of.user();
    if user.disabled {
        return Ok(of.done("unchanged"));
    }
    let token = store.reset_password(user, &of.who.record()).await?;
    let names = (&user.id, user.username.as_str(), user.display_name.as_str());
    html(&JustMade::new(&of.who, &public_url, names, &token))
}

pub async fn withdraw_link(of: SiteScope, StateOf(store): StateOf<Store>) -> Result {
    let withdrawn = store.withdraw_link(of.user(), &of.who.record()).await?;
    Ok(of.done(if withdrawn { "withdrawn" } else { "unchanged" }))
}

pub async fn reset_second_factor(of: SiteScope, StateOf(store): StateOf<Store>) -> Result {
    let of = of.other(&store).await?;
    let by = of.who.record();
    let reset = store.reset_second_factor(of.user(), &by).await?;
    Ok(of.done(if reset { "second-factor" } else { "unchanged" }))
}

pub async fn disconnect(of: SiteScope, StateOf(store): StateOf<Store>) -> Result {
    let of = of.other(&store).await?;
    let ended = store.unlink_identities(of.user(), &of.who.record()).await?;
    Ok(of.done(if ended.is_some() {
        "single-sign-on"
    } else {
        "unchanged"
    }))
}

/// A team and a role in it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Place {
    team: String,
    role: String,
}

impl Place {
    async fn read(&self, store: &Store) -> Result<std::result::Result<(Team, Role), FormErrors>> {
        let mut errors = FormErrors::default();
        let team = self.team(store).await?;
        let team = errors.keep("team", team.ok_or("team-unknown"));
        let role = errors.keep("role", self.role.parse().map_err(|_| "role-unknown"));
        Ok(team.zip(role).ok_or(errors))
    }

    async fn team(&self, store: &Store) -> Result<Option<Team>> {
        match self.team.parse() {
            Ok(slug) => Ok(store.team(&slug).await?),
            Err(_) => Ok(None),
        }
    }
}

pub async fn add_to_team(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Form(place): Form<Place>,
) -> Result {
    let (team, role) = match place.read(&store).await? {
        Ok(place) => place,
        Err(errors) => return again(&of, &store, errors).await,
    };
    match store
        .add_member(&team, of.user(), role, &of.who.record())
        .await
    {
        Ok(()) => Ok(of.done("added")),
        Err(store::Error::Taken) => Ok(of.done("unchanged")),
        Err(error) => Err(error.into()),
    }
}

pub async fn change_role(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Form(place): Form<Place>,
) -> Result {
    let (team, role) = match place.read(&store).await? {
        Ok(place) => place,
        Err(errors) => return again(&of, &store, errors).await,
    };
    let by = of.who.record();
    let changed = store.change_role(&team, of.user(), role, &by).await?;
    Ok(of.done(if changed { "role" } else { "unchanged" }))
}

pub async fn remove_from_team(
    of: SiteScope,
    StateOf(store): StateOf<Store>,
    Form(place): Form<Place>,
) -> Result {
    let Some(team) = place.team(&store).await? else {
        return Ok(of.done("unchanged"));
    };
    let by = of.who.record();
    let removed = store.remove_member(&team, of.user(), &by).await?;
    Ok(of.done(if removed { "removed" } else { "unchanged" }))
}
