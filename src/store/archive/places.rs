//! Places of rows, and lists of placeholders.

use sqlx::AssertSqlSafe;

use crate::{
    model::place,
    store::{Error, Tx},
};

/// `$2, $3, $4`.
pub(super) fn placeholders(first: usize, count: usize) -> String {
    let all: Vec<_> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    all.join(", ")
}

/// The row's place, or the next one that no other row of the table has; of the team's rows, where a team is given.
pub(super) async fn free_place(
    tx: &mut Tx<'_>,
    table: &'static str,
    team: Option<i64>,
    at: Option<i64>,
    identity: &str,
) -> Result<i64, Error> {
    let mut place = place(at, identity.as_bytes());
    let of_team = if team.is_some() { "and team = $2" } else { "" };
    let sql = format!("select 1 from {table} where place = $1 {of_team}");
    loop {
        let mut query = sqlx::query_scalar(AssertSqlSafe(sql.clone())).bind(place);
        if let Some(team) = team {
            query = query.bind(team);
        }
        let taken: Option<i64> = query.fetch_optional(&mut **tx).await?;
        if taken.is_none() {
            return Ok(place);
        }
        place += 1;
    }
}
