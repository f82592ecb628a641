//! Rights after a sign-in: those of the user's groups, where the mapping decides.

use crate::{
    model::{Role, Team, User},
    store::{AuditRecord, Error, RightRemoval, Store},
};

use super::{Oidc, ProviderUser};

impl Oidc {
    /// Grants and revokes the mapped rights. Each change is a separate audit event and counts from the
    /// user's next request.
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
            tracing::warn!(user = %user.username, "the OIDC provider sent no groups; the user counts as in none");
            &none
        });
        for (slug, role) in mapping.roles(groups) {
            match store.team(&slug).await? {
                Some(team) => apply_role(store, &team, user, role, by).await?,
                None => {
                    tracing::warn!(team = %slug, "SECMON_PORTAL_OIDC_GROUPS names a team that does not exist");
                }
            }
        }
        match mapping.site_admin(groups) {
            Some(true) => {
                store.make_site_admin(user, by).await?;
            }
            Some(false) => {
                let taken = store.take_site_admin(user, by).await?;
                if taken == RightRemoval::LastSiteAdmin {
                    tracing::warn!(user = %user.username, "the last site admin keeps the right without a group");
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
            // Another tab was quicker.
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
