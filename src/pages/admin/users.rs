//! All users of the site, and inviting one.

use askama::Template;
use axum::{Extension, Form, extract::State, response::Response};
use serde::Deserialize;

use crate::{
    model::{Role, Slug, Team, UserId},
    store::{self, NewUser, SiteUser, Store},
    web::{
        AppState, CurrentUser, FormErrors, Layout, Result, SiteAdmin,
        forms::{FormError, user::UserForm},
        html, html_as,
        state::PublicUrl,
    },
};

use super::user::UserState;

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
        UserState::new(user)
    }
}

pub async fn index(SiteAdmin(who): SiteAdmin, State(store): State<Store>) -> Result {
    view(&who, &store, NewUserForm::default(), FormErrors::default()).await
}

async fn view(who: &CurrentUser, store: &Store, typed: NewUserForm, errors: FormErrors) -> Result {
    let memberships = store.all_memberships().await?;
    let teams_of = |user: &SiteUser| {
        let memberships = memberships.iter();
        memberships
            .filter(|(name, ..)| *name == user.user.username)
            .map(|(_, slug, role)| (slug.clone(), *role))
            .collect()
    };
    let users = store.site_users().await?.into_iter();
    let view = Index {
        layout: who.layout(),
        users: users
            .map(|user| {
                let teams = teams_of(&user);
                (user, teams)
            })
            .collect(),
        teams: store.teams().await?,
        typed,
        errors,
        roles: Role::ALL,
    };
    html_as(view.errors.status(), &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewUserForm {
    #[serde(flatten)]
    user: UserForm,
    /// The slug of the first team, or nothing.
    team: String,
    role: String,
    site_admin: String,
}

/// A new link to choose a password, shown this one time.
#[derive(Template)]
#[template(path = "admin/link.html")]
pub struct InvitationLink {
    layout: Layout,
    username: String,
    display_name: String,
    link: String,
    /// The user's page.
    user: String,
}

impl InvitationLink {
    pub fn new(
        who: &CurrentUser,
        public_url: &PublicUrl,
        (id, username, display_name): (&UserId, &str, &str),
        token: &str,
    ) -> Self {
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
    match add(&who, &state.store, &public_url, &typed).await {
        Ok(answer) => Ok(answer),
        Err(error) => {
            let again = |errors| view(&who, &state.store, typed, errors);
            error.show(again).await
        }
    }
}

async fn add(
    who: &CurrentUser,
    store: &Store,
    public_url: &PublicUrl,
    typed: &NewUserForm,
) -> std::result::Result<Response, FormError> {
    let user = read(store, typed).await?;
    match store.invite(&user, &who.record()).await {
        Ok((id, token)) => {
            let names = (&id, user.username.as_str(), user.display_name.as_str());
            Ok(html(&InvitationLink::new(who, public_url, names, &token))?)
        }
        Err(store::Error::Taken) => Err(FormErrors::one("username", "username-taken").into()),
        Err(error) => Err(error.into()),
    }
}

async fn read(store: &Store, typed: &NewUserForm) -> std::result::Result<NewUser, FormError> {
    let mut errors = FormErrors::default();
    let names = typed.user.read(&mut errors);
    let mut members = Vec::new();
    if !typed.team.is_empty() {
        let team = match typed.team.parse() {
            Ok(slug) => store.team(&slug).await?,
            Err(_) => None,
        };
        let team = errors.keep("team", team.ok_or("team-unknown"));
        let role = errors.keep("role", typed.role.parse().map_err(|_| "role-unknown"));
        members.extend(team.zip(role));
    }
    let names = names.filter(|_| errors.is_empty());
    let (username, display_name) = names.ok_or(errors)?;
    Ok(NewUser {
        username,
        display_name,
        site_admin: typed.site_admin == "yes",
        members,
        // None until the user chooses it.
        password_hash: String::new(),
    })
}
