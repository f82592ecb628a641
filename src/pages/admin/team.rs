//! One team of the site: name, region, key and archive.

use askama::Template;
use axum::{
    Form,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::Response,
};

use crate::{
    model::{KstDateTime, Region, Slug, Team},
    store::{SiteTeam, Store},
    web::{
        AppState, CurrentUser, Error, FormErrors, Layout, LenientQuery, Result, SiteAdmin,
        flash::{self, FlashQuery},
        forms::{
            team::TeamForm,
            team_key::{KeyForm, KeyView, test_stored},
        },
        html, html_as,
    },
};

/// The team of the URL, and the site admin managing it.
pub struct ManagedTeam {
    who: CurrentUser,
    site_team: SiteTeam,
}

impl ManagedTeam {
    fn team(&self) -> &Team {
        &self.site_team.team
    }

    fn path(&self) -> String {
        format!("/admin/teams/{}", self.team().slug)
    }

    fn done(&self, code: &str) -> Response {
        flash::redirect(&self.path(), code)
    }

    fn is_archived(&self) -> bool {
        self.site_team.archived.is_some()
    }
}

impl FromRequestParts<AppState> for ManagedTeam {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let SiteAdmin(who) = SiteAdmin::from_request_parts(parts, state).await?;
        let Path(slug) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Error::NotFound)?;
        let slug: Slug = slug.parse().map_err(|_| Error::NotFound)?;
        let site_team = state.store.site_team(&slug).await?;
        let site_team = site_team.ok_or(Error::NotFound)?;
        Ok(Self { who, site_team })
    }
}

#[derive(Template)]
#[template(path = "admin/team.html")]
struct Show {
    layout: Layout,
    team: Team,
    members: u64,
    archived: Option<KstDateTime>,
    path: String,
    typed: TeamForm,
    errors: FormErrors,
    key: KeyView,
    flash: Option<&'static str>,
    regions: [Region; 5],
}

/// The page without errors.
async fn view(managed: &ManagedTeam, store: &Store) -> Result<Show> {
    let SiteTeam {
        team,
        members,
        archived,
    } = managed.site_team.clone();
    Ok(Show {
        layout: managed.who.layout(),
        typed: TeamForm {
            slug: team.slug.to_string(),
            name: team.name.clone(),
            region: team.region.code().to_owned(),
        },
        key: KeyView::new(store, &team, format!("{}/key", managed.path())).await?,
        team,
        members,
        archived,
        path: managed.path(),
        errors: FormErrors::default(),
        flash: None,
        regions: Region::ALL,
    })
}

const FLASHES: [(&str, &str); 5] = [
    ("added", "team-is-added"),
    ("changed", "team-is-changed"),
    ("key", "key-is-replaced"),
    ("archived", "team-is-archived"),
    ("back", "team-is-back"),
];

pub async fn show(
    managed: ManagedTeam,
    State(store): State<Store>,
    LenientQuery(query): LenientQuery<FlashQuery>,
) -> Result {
    let flash = query.message(&FLASHES);
    let view = view(&managed, &store).await?;
    html(&Show { flash, ..view })
}

pub async fn rename(
    managed: ManagedTeam,
    State(store): State<Store>,
    Form(typed): Form<TeamForm>,
) -> Result {
    let mut errors = FormErrors::default();
    let Some((name, region)) = typed.name_and_region(&mut errors) else {
        let view = view(&managed, &store).await?;
        let again = Show {
            typed,
            errors,
            ..view
        };
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let by = managed.who.record();
    store
        .change_team(managed.team(), &name, region, &by)
        .await?;
    Ok(managed.done("changed"))
}

pub async fn replace_key(
    managed: ManagedTeam,
    State(state): State<AppState>,
    Form(typed): Form<KeyForm>,
) -> Result {
    if managed.is_archived() {
        return Ok(managed.done("archived"));
    }
    let by = managed.who.record();
    match typed.replace(&state, managed.team(), &by).await {
        Ok(()) => Ok(managed.done("key")),
        Err(error) => {
            let again = async |rejected| {
                let view = view(&managed, &state.store).await?;
                let key = view.key.rejected(rejected);
                html_as(StatusCode::UNPROCESSABLE_ENTITY, &Show { key, ..view })
            };
            error.show(again).await
        }
    }
}

/// An archived team's API is not called.
pub async fn test_key(managed: ManagedTeam, State(state): State<AppState>) -> Result {
    if managed.is_archived() {
        return Ok(managed.done("archived"));
    }
    let test = test_stored(&state, managed.team(), &managed.who.record()).await?;
    let mut view = view(&managed, &state.store).await?;
    view.key.test = Some(test);
    html(&view)
}

pub async fn archive(managed: ManagedTeam, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    store.archive_team(managed.team(), &by).await?;
    Ok(managed.done("archived"))
}

pub async fn bring_back(managed: ManagedTeam, State(store): State<Store>) -> Result {
    let by = managed.who.record();
    store.bring_back_team(managed.team(), &by).await?;
    Ok(managed.done("back"))
}
