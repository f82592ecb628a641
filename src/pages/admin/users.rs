//! All users of the site, and inviting one.

use askama::Template;
use axum::{Extension, Form, extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    model::{Role, Slug, Team, UserId},
    pages::user_form::UserForm,
    store::{self, NewUser, SiteUser, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, Result, SiteAdmin, html, html_as,
        state::PublicUrl,
    },
};

use super::user::State as UserState;

#[derive(Template)]
#[template(path = "admin/users.html")]
struct Index {
    layout: Layout,
    users: Vec<(SiteUser, Vec<(Slug, Role)>)>,
    teams: Vec<Team>,
    typed: NewUserForm,
    errors: FormErrors,
    roles: [Role; 4],
}

impl Index {
    fn state(user: &SiteUser) -> UserState {
        UserState::of(user)
    }
}

async fn view(who: &CurrentUser, store: &Store, typed: NewUserForm, errors: FormErrors) -> Result {
    let memberships = store.all_memberships().await?;
    let of = |user: &SiteUser| {
        let mine = memberships
            .iter()
            .filter(|(name, ..)| *name == user.user.username);
        mine.map(|(_, slug, role)| (slug.clone(), *role)).collect()
    };
    let users = store.site_users().await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = Index {
        layout: who.layout(),
        users: users
            .into_iter()
            .map(|user| (user.clone(), of(&user)))
            .collect(),
        teams: store.teams().await?,
        typed,
        errors,
        roles: Role::ALL,
    };
    html_as(status, &view)
}

pub async fn index(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    view(&who, &store, NewUserForm::default(), FormErrors::default()).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewUserForm {
    #[serde(flatten)]
    user: UserForm,
    /// The slug of the first team, or none.
    team: String,
    role: String,
    site_admin: String,
}

/// A link that was just made, shown this one time.
#[derive(Template)]
#[template(path = "admin/link.html")]
pub(super) struct JustMade {
    layout: Layout,
    username: String,
    display_name: String,
    link: String,
    /// The page of the user.
    user: String,
}

impl JustMade {
    pub fn new(
        who: &CurrentUser,
        public_url: &PublicUrl,
        user: (&UserId, &str, &str),
        token: &str,
    ) -> Self {
        let (id, username, display_name) = user;
        Self {
            layout: who.layout(),
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            link: public_url.link(&format!("/invitation/{token}")),
            user: format!("/admin/users/{}", id.0),
        }
    }
}

pub async fn invite(
    SiteAdmin(who): SiteAdmin,
    State(state): State<AppState>,
    Extension(public_url): Extension<PublicUrl>,
    Form(typed): Form<NewUserForm>,
) -> Result {
    let user = match read(&state.store, &typed).await? {
        Ok(user) => user,
        Err(errors) => return view(&who, &state.store, typed, errors).await,
    };
    match state.store.invite(&user, &who.record()).await {
        Ok((id, token)) => {
            let names = (&id, user.username.as_str(), user.display_name.as_str());
            html(&JustMade::new(&who, &public_url, names, &token))
        }
        Err(store::Error::Taken) => {
            let errors = FormErrors::one("username", "username-taken");
            view(&who, &state.store, typed, errors).await
        }
        Err(error) => Err(Error::from(error)),
    }
}

async fn read(
    store: &Store,
    typed: &NewUserForm,
) -> Result<std::result::Result<NewUser, FormErrors>> {
    let mut errors = FormErrors::default();
    let names = typed.user.read(&mut errors);
    let mut members = Vec::new();
    if !typed.team.is_empty() {
        let team = match typed.team.parse() {
            Ok(slug) => store.team(&slug).await?,
            Err(_) => None,
        };
        let team = errors.keep("team", team.ok_or("team-unknown"));
        let role = typed.role.parse().map_err(|_| "role-unknown");
        members.extend(team.zip(errors.keep("role", role)));
    }
    let Some((username, display_name)) = names.filter(|_| errors.is_empty()) else {
        return Ok(Err(errors));
    };
    Ok(Ok(NewUser {
        username,
        display_name,
        site_admin: typed.site_admin == "yes",
        members,
        // None until it is chosen.
        password_hash: String::new(),
    }))
}
