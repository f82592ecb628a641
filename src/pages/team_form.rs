//! A team as it is typed into a form: its name in addresses, its name for people, its region.

use serde::Deserialize;

use crate::{
    model::{ApiAccess, Region, Slug, display_name},
    store::NewTeam,
    web::Problems,
};

use super::team_key::TypedKey;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TypedTeam {
    pub slug: String,
    pub name: String,
    pub region: String,
}

impl TypedTeam {
    fn slug(&self) -> Result<Slug, &'static str> {
        self.slug.trim().parse().map_err(|_| "slug-shape")
    }

    /// Name and region, or what is wrong with them.
    pub fn name_and_region(&self, problems: &mut Problems) -> Option<(String, Region)> {
        let name = display_name(&self.name).map_err(|_| "team-name-shape");
        let name = problems.keep("name", name);
        let region = self.region.parse().map_err(|_| "region-unknown");
        let region = problems.keep("region", region)?;
        Some((name?, region))
    }
}

/// A team to be added, and its way into the API; or all that is wrong with either.
pub(super) fn read_new(team: &TypedTeam, key: &TypedKey) -> Result<(NewTeam, ApiAccess), Problems> {
    let mut problems = Problems::default();
    let slug = problems.keep("slug", team.slug());
    let about = team.name_and_region(&mut problems);
    let region = about.as_ref().map_or(Region::Kr1, |(_, region)| *region);
    let access = match key.of_new_team(region) {
        Ok(access) => Some(access),
        Err(others) => {
            problems.extend(others);
            None
        }
    };
    let (Some(slug), Some((name, region)), Some(access)) = (slug, about, access) else {
        return Err(problems);
    };
    let team = NewTeam {
        slug,
        name,
        region,
        app_key: access.app_key.clone(),
        token: access.token.clone(),
    };
    Ok((team, access))
}
