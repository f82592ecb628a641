//! Multi-row inserts that both engines accept.

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
    /// Text after the values: `on conflict …`, or nothing.
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
        // SQLite looks up each numbered parameter in a list; PostgreSQL accepts no others.
        let is_numbered = tx.tx.backend_name() != "SQLite";
        for rows in rows.chunks(MAX_ROWS.min(MAX_BINDS / self.columns)) {
            let query = sqlx::query(AssertSqlSafe(self.sql(rows.len(), is_numbered)));
            // Not cached: its text depends on the number of rows, and it would evict others.
            let query = rows.iter().fold(query.persistent(false), &bind);
            query.execute(&mut **tx).await?;
        }
        Ok(())
    }

    fn sql(self, rows: usize, is_numbered: bool) -> String {
        let parameter = |number: usize| {
            if is_numbered {
                format!("${number}")
            } else {
                "?".to_owned()
            }
        };
        let row = |row: usize| {
            let numbers = row * self.columns + 1..=(row + 1) * self.columns;
            let parameters: Vec<_> = numbers.map(parameter).collect();
            format!("({})", parameters.join(", "))
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
            insert.sql(2, true),
            "insert into a (b, c) values ($1, $2), ($3, $4) on conflict do nothing"
        );
        assert_eq!(
            insert.sql(2, false),
            "insert into a (b, c) values (?, ?), (?, ?) on conflict do nothing"
        );
    }
}
