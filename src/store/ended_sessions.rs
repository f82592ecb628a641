//! Sessions that their user ends in the list of them.

use crate::model::UserId;

use super::{Action, AuditRecord, Error, Outcome, Store, sessions::end_open_in};

impl Store {
    /// Ends one session of a user.
    pub async fn end_session(
        &self,
        user: &UserId,
        handle: &str,
        by: &AuditRecord,
    ) -> Result<(), Error> {
        let mut change = self.begin().await?;
        let ended = sqlx::query(
            "update sessions set data = '{}', expires_at = $1
             where user_id = $2 and id_hash = $3 and expires_at > $1",
        )
        .bind(self.now())
        .bind(&user.0)
        .bind(handle)
        .execute(&mut *change)
        .await?;
        if ended.rows_affected() == 0 {
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
