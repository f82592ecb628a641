//! Inserts of many rows, in statements that both engines take.

use sqlx::{AssertSqlSafe, any::AnyArguments};

use super::{Error, Tx};

/// SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
const MAX_BINDS: usize = 30_000;

const MAX_ROWS: usize = 1_000;

pub(super) type Query<'q> = sqlx::query::Query<'q, sqlx::Any, AnyArguments>;

/// An `insert` without its `values`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insert {
    /// `insert into table (column, …)`.
    pub into: &'static str,
    pub columns: usize,
    /// What follows the values: `on conflict …`, or nothing.
    pub end: &'static str,
}

impl Insert {
    /// Inserts all rows. `bind` binds the columns of one, in their order.
    pub async fn run<'q, T>(
        self,
        tx: &mut Tx<'_>,
        rows: &'q [T],
        bind: impl Fn(Query<'q>, &'q T) -> Query<'q>,
    ) -> Result<(), Error> {
        for rows in rows.chunks(MAX_ROWS.min(MAX_BINDS / self.columns)) {
            let query = sqlx::query(AssertSqlSafe(self.sql(rows.len())));
            // Its text depends on the number of rows: kept, it would push others out.
            let query = rows.iter().fold(query.persistent(false), &bind);
            query.execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn sql(self, rows: usize) -> String {
        let row = |row: usize| {
            let binds =
                (1..=self.columns).map(|column| format!("${}", row * self.columns + column));
            format!("({})", binds.collect::<Vec<_>>().join(", "))
        };
        let values: Vec<_> = (0..rows).map(row).collect();
        format!("{} values {} {}", self.into, values.join(", "), self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        let insert = Insert {
            into: "insert into a (b, c)",
            columns: 2,
            end: "on conflict do nothing",
        };
        assert_eq!(
            insert.sql(2),
            "insert into a (b, c) values ($1, $2), ($3, $4) on conflict do nothing"
        );
    }
}
