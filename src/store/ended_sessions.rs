//! Sessions that their user ends in the list of them.

use crate::model::UserId;

use super::{
    Action, AuditRecord, Error, Outcome, Store,
    sessions::{end_family_in, end_open_in},
};

impl Store {
    /// Ends one session of a user, with the ids that it had before.
    pub async fn end_session(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        let family: Option<String> =
            sqlx::query_scalar("select family from sessions where user_id = $1 and id_hash = $2")
                .bind(&user.0)
                .bind(handle)
                .fetch_optional(&mut *change)
                .await?;
        let has_ended = match family {
            Some(family) => end_family_in(&mut change, &family, self.now()).await?,
            None => false,
        };
        if !has_ended {
            change.rollback().await?;
            return Ok(());
        }
        // As the rows of what was done in it name it.
        let named: String = handle.chars().take(12).collect();
        let record = by.clone().on(&named);
        self.audit_in(&mut change, &record, Action::SessionEnded, Outcome::Done)
            .await?;
        change.commit().await?;
        Ok(())
    }

    /// Ends all sessions of a user but the one with that handle.
    pub async fn end_other_sessions(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        if end_open_in(&mut change, user, handle, self.now()).await? == 0 {
            change.rollback().await?;
            return Ok(());
        }
        self.audit_in(&mut change, by, Action::SessionEnded, Outcome::Done)
            .await?;
        change.commit().await?;
        Ok(())
    }
}
