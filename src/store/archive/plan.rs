//! The statements of one query: its rows, their number, and the values of a filter.

use crate::{model::ListQuery, store::database::Engine};

use super::{
    condition::Access,
    search::{hit_place, push_hits, push_hits_prelude},
    statement::{Statement, Value},
};

/// Rows that are counted for a facet.
pub(super) const MAX_FACET_ROWS: u64 = 100_000;
/// As many values of a facet as people choose from.
const MAX_FACET_VALUES: usize = 50;

/// The conditions of one query with what had to be looked up for them.
pub(super) struct Plan<'q> {
    pub engine: Engine,
    pub table: &'static str,
    pub team: i64,
    pub query: &'q ListQuery,
    pub names: Option<Vec<i64>>,
    pub match_expression: Option<String>,
    pub access: Access,
}

/// The part of the order that a page covers.
pub(super) struct Slice {
    pub descending: bool,
    /// The key of the row that the page begins behind, and its place.
    pub behind: Option<(Value, i64)>,
    pub offset: u64,
    pub limit: u64,
}

impl Plan<'_> {
    /// Adds the tables and the conditions of a query, and what the place must be.
    fn push_rows(
        &self,
        sql: &mut Statement,
        descending: bool,
        place_condition: impl FnOnce(&mut Statement, &str),
    ) {
        if let Some(expression) = &self.match_expression {
            push_hits(sql, self.engine, expression, place_condition, descending);
        } else {
            sql.push(self.table).push(" t where 1 = 1");
            place_condition(sql, "t.place");
        }
        self.push_conditions(sql);
    }

    fn prelude(&self) -> Statement {
        let mut sql = Statement::default();
        if let Some(expression) = &self.match_expression {
            push_hits_prelude(&mut sql, self.engine, expression);
        }
        sql
    }

    fn place(&self) -> &'static str {
        match &self.match_expression {
            Some(_) => hit_place(self.engine),
            None => "t.place",
        }
    }

    pub fn count(&self, limit: u64) -> Statement {
        let mut sql = self.prelude();
        sql.push("select count(*) as counted from (select 1 from ");
        self.push_rows(&mut sql, true, |_, _| ());
        sql.push(&format!(" limit {limit}) counted_rows"));
        sql
    }

    pub fn facet(&self, expression: &str) -> Statement {
        let mut sql = self.prelude();
        sql.push("select value, count(*) as counted from (select ")
            .push(expression);
        sql.push(" as value from ");
        self.push_rows(&mut sql, true, |_, _| ());
        sql.push(&format!(
            " limit {MAX_FACET_ROWS}) facet_rows group by value
             order by counted desc, value limit {MAX_FACET_VALUES}"
        ));
        sql
    }

    pub fn page(&self, columns: &str, sort: Option<&str>, slice: Slice) -> Statement {
        let mut sql = self.prelude();
        let direction = if slice.descending { " desc" } else { "" };
        let than = if slice.descending { " < " } else { " > " };
        sql.push("select ").push(columns).push(" from ");
        match sort {
            None => {
                self.push_rows(&mut sql, slice.descending, |sql, column| {
                    if let Some((_, place)) = slice.behind {
                        sql.push(" and ").push(column).push(than).bind(place);
                    }
                });
                sql.push(" order by ").push(self.place()).push(direction);
            }
            Some(key) => {
                self.push_rows(&mut sql, slice.descending, |_, _| ());
                if let Some((value, place)) = slice.behind {
                    sql.push(" and (")
                        .push(key)
                        .push(", t.place)")
                        .push(than)
                        .push("(");
                    sql.bind(value).push(", ").bind(place).push(")");
                }
                sql.push(" order by ").push(key).push(direction);
                sql.push(", t.place").push(direction);
            }
        }
        sql.push(&format!(" limit {} offset {}", slice.limit, slice.offset));
        sql
    }
}
