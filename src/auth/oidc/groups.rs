//! The mapping from groups at the provider to rights in the portal.

use std::{collections::BTreeMap, str::FromStr};

use crate::model::{ParseError, Role, Slug};

#[derive(Debug, Clone, PartialEq, Eq)]
enum Right {
    Role(Slug, Role),
    SiteAdmin,
}

/// A group and its right: `GROUP=TEAM:ROLE` or `GROUP=site-admin`. A group's name may hold `=`, as directory names do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRight {
    group: String,
    right: Right,
}

impl FromStr for GroupRight {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refused = ParseError("must hold GROUP=TEAM:ROLE or GROUP=site-admin, with ; between");
        let (group, right) = text.rsplit_once('=').ok_or(refused)?;
        let (group, right) = (group.trim(), right.trim());
        if group.is_empty() {
            return Err(refused);
        }
        let right = if right == "site-admin" {
            Right::SiteAdmin
        } else {
            let (team, role) = right.split_once(':').ok_or(refused)?;
            Right::Role(
                team.parse().map_err(|_| refused)?,
                role.parse().map_err(|_| refused)?,
            )
        };
        Ok(Self {
            group: group.to_owned(),
            right,
        })
    }
}

/// The rights of all groups. It decides only about the teams and rights that it names.
#[derive(Debug, Clone, Default)]
pub struct GroupMapping(Vec<GroupRight>);

impl GroupMapping {
    #[must_use]
    pub fn new(rights: Vec<GroupRight>) -> Self {
        Self(rights)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The role in each team that the mapping names: the highest of those that the groups give, or none.
    #[must_use]
    pub fn roles(&self, groups: &[String]) -> Vec<(Slug, Option<Role>)> {
        let mut roles: BTreeMap<&str, (&Slug, Option<Role>)> = BTreeMap::new();
        for right in &self.0 {
            if let Right::Role(team, role) = &right.right {
                let so_far = roles.entry(team.as_str()).or_insert((team, None));
                if groups.contains(&right.group) {
                    so_far.1 = so_far.1.max(Some(*role));
                }
            }
        }
        let roles = roles.into_values();
        roles.map(|(team, role)| (team.clone(), role)).collect()
    }

    /// Whether these groups make a site admin; `None` when the mapping does not decide it.
    #[must_use]
    pub fn site_admin(&self, groups: &[String]) -> Option<bool> {
        let mut groups_of_admins = self
            .0
            .iter()
            .filter(|right| right.right == Right::SiteAdmin)
            .map(|right| groups.contains(&right.group))
            .peekable();
        groups_of_admins.peek()?;
        Some(groups_of_admins.any(|is_member| is_member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(texts: &[&str]) -> GroupMapping {
        let rights = texts.iter().map(|text| text.parse().expect("a right"));
        GroupMapping::new(rights.collect())
    }

    fn told(mapping: &GroupMapping, groups: &[&str]) -> Vec<(String, Option<Role>)> {
        let groups: Vec<String> = groups.iter().map(|&group| group.to_owned()).collect();
        let roles = mapping.roles(&groups).into_iter();
        roles.map(|(team, role)| (team.to_string(), role)).collect()
    }

    #[test]
    fn highest_role_of_all_groups_counts() {
        let mapping = mapping(&[
            "see=acme:viewer",
            "CN=Ops,OU=b=acme:operator",
            "see=other:viewer",
        ]);
        let acme = |role| ("acme".to_owned(), role);
        let other = |role| ("other".to_owned(), role);
        assert_eq!(told(&mapping, &[]), [acme(None), other(None)]);
        assert_eq!(
            told(&mapping, &["CN=Ops,OU=b", "see"]),
            [acme(Some(Role::Operator)), other(Some(Role::Viewer))]
        );
        // Names are compared to the letter.
        assert_eq!(told(&mapping, &["SEE", "se"]), [acme(None), other(None)]);
        assert_eq!(mapping.site_admin(&["see".to_owned()]), None);
    }

    #[test]
    fn mapping_without_site_admin_does_not_decide_about_it() {
        let mapping = mapping(&["root = site-admin", "chiefs=site-admin"]);
        assert_eq!(mapping.site_admin(&["chiefs".to_owned()]), Some(true));
        assert_eq!(mapping.site_admin(&[]), Some(false));
    }

    #[test]
    fn invalid_right_is_refused() {
        for text in [
            "",
            "a",
            "a=",
            "=acme:viewer",
            "a=acme",
            "a=acme:owner",
            "a=A B:viewer",
        ] {
            assert!(text.parse::<GroupRight>().is_err(), "{text}");
        }
    }
}
