//! The fields of a team: its slug, name and region.

use serde::Deserialize;

use crate::{
    model::{ApiAccess, Region, Slug, display_name},
    store::NewTeam,
};

use super::{FormErrors, team_key::KeyForm};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TeamForm {
    pub slug: String,
    pub name: String,
    pub region: String,
}

impl TeamForm {
    pub fn name_and_region(&self, errors: &mut FormErrors) -> Option<(String, Region)> {
        let name = display_name(&self.name).map_err(|_| "team-name-shape");
        let name = errors.keep("name", name);
        let region = self.region.parse().map_err(|_| "region-unknown");
        let region = errors.keep("region", region)?;
        Some((name?, region))
    }

    /// A new team and its access to the API, or all errors of both.
    pub fn with_key(&self, key: &KeyForm) -> Result<(NewTeam, ApiAccess), FormErrors> {
        let mut errors = FormErrors::default();
        let slug = self.slug.trim().parse().map_err(|_| "slug-shape");
        let slug: Option<Slug> = errors.keep("slug", slug);
        let names = self.name_and_region(&mut errors);
        let region = names.as_ref().map_or(Region::Kr1, |(_, region)| *region);
        let access = key.access_of_new_team(region, &mut errors);
        let (Some(slug), Some((name, region)), Some(access)) = (slug, names, access) else {
            return Err(errors);
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
}
