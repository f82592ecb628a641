//! A team as it is typed into a form: its name in addresses, its name for people, its region.

use serde::Deserialize;

use crate::{
    model::{ApiAccess, Region, Slug, display_name},
    store::NewTeam,
    web::FormErrors,
};

use super::team_key::KeyForm;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TeamForm {
    pub slug: String,
    pub name: String,
    pub region: String,
}

impl TeamForm {
    fn slug(&self) -> Result<Slug, &'static str> {
        self.slug.trim().parse().map_err(|_| "slug-shape")
    }

    /// Name and region, or what is wrong with them.
    pub fn name_and_region(&self, errors: &mut FormErrors) -> Option<(String, Region)> {
        let name = display_name(&self.name).map_err(|_| "team-name-shape");
        let name = errors.keep("name", name);
        let region = self.region.parse().map_err(|_| "region-unknown");
        let region = errors.keep("region", region)?;
        Some((name?, region))
    }
}

/// A team to be added, and its way into the API; or all that is wrong with either.
pub(super) fn read_new(team: &TeamForm, key: &KeyForm) -> Result<(NewTeam, ApiAccess), FormErrors> {
    let mut errors = FormErrors::default();
    let slug = errors.keep("slug", team.slug());
    let about = team.name_and_region(&mut errors);
    let region = about.as_ref().map_or(Region::Kr1, |(_, region)| *region);
    let access = match key.of_new_team(region) {
        Ok(access) => Some(access),
        Err(others) => {
            errors.extend(others);
            None
        }
    };
    let (Some(slug), Some((name, region)), Some(access)) = (slug, about, access) else {
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
