//! What somebody may after a sign-in: exactly what their groups say, where the mapping says something.

use crate::{
    model::{Role, Team, User},
    store::{AuditRecord, Error, RightTaken, Store},
};

use super::{Oidc, ProviderUser};

impl Oidc {
    /// Gives and takes the rights that the mapping governs. Each change is a row of its own in the audit log, and
    /// counts from the user's next request on, in all their sessions.
    pub async fn apply_groups(
        &self,
        store: &Store,
        user: &User,
        person: &ProviderUser,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let mapping = &self.0.settings.groups;
        if mapping.is_empty() {
            return Ok(());
        }
        let none = Vec::new();
        let groups = person.groups.as_ref().unwrap_or_else(|| {
            tracing::warn!(user = %user.username, "the sign-in provider told no groups, which counts as none");
            &none
        });
        for (slug, role) in mapping.roles(groups) {
            match store.team(&slug).await? {
                Some(team) => apply_role(store, &team, user, role, by).await?,
                None => {
                    tracing::warn!(team = %slug, "the mapping of groups names a team that is not there");
                }
            }
        }
        match mapping.site_admin(groups) {
            Some(true) => {
                store.make_site_admin(user, by).await?;
            }
            Some(false) => {
                let taken = store.take_site_admin(user, by).await?;
                if taken == RightTaken::LastSiteAdmin {
                    tracing::warn!(user = %user.username, "is in no group of site admins, and stays the last one");
                }
            }
            None => {}
        }
        Ok(())
    }
}

async fn apply_role(
    store: &Store,
    team: &Team,
    user: &User,
    role: Option<Role>,
    by: &AuditRecord,
) -> Result<(), Error> {
    let members = store.members(&team.id).await?;
    let present = members.iter().find(|member| member.user.id == user.id);
    match (present.map(|present| present.role), role) {
        (None, Some(role)) => match store.add_member(team, user, role, by).await {
            // In another tab, a moment ago.
            Err(Error::Taken) => Ok(()),
            added => added,
        },
        (Some(present), Some(role)) if present != role => {
            store.change_role(team, user, role, by).await.map(drop)
        }
        (Some(_), None) => store.remove_member(team, user, by).await.map(drop),
        _ => Ok(()),
    }
}
