//! Whether a team's lists can be read, when nobody looks at them.

use crate::{
    model::TeamId,
    store::{Error, Store},
};

impl Store {
    /// How often in a row the lists could not be read unasked, since they were last read.
    pub async fn failed_readings(&self, team: &TeamId) -> Result<u32, Error> {
        let failures: Option<i64> =
            sqlx::query_scalar("select failures from control_watch where team_id = $1")
                .bind(&team.0)
                .fetch_optional(&self.pool)
                .await?;
        Ok(u32::try_from(failures.unwrap_or_default()).unwrap_or(u32::MAX))
    }

    /// Somebody has just read the lists: what failed before is over, and they are due again.
    pub async fn readings_work(&self, team: &TeamId) -> Result<(), Error> {
        // As a rule there is nothing to write, and reading waits for nobody.
        if self.failed_readings(team).await? == 0 {
            return Ok(());
        }
        sqlx::query("update control_watch set failures = 0, next_at = 0 where team_id = $1")
            .bind(&team.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
