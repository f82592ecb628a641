//! The conditions of a list's query as SQL.

use crate::model::{
    AddressRange, Field, Filter, ListQuery, Operand, SearchTerms, first_place, severity_level,
};

use super::{plan::Plan, search::push_text_condition, statement::Statement};

/// Stands for events without a name among the ids of names.
pub(super) const NO_NAME: i64 = -1;

/// How the rows are found. Both planners would rather sort all rows of a range than meet the wanted ones on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// By an index of the filtered columns: there are few rows.
    Filters,
    /// In the order of time: there are many, so that the next page is near.
    Time,
}

impl Plan<'_> {
    /// Adds `and …` for each filter, over the columns of the alias `t`.
    pub fn push_conditions(&self, sql: &mut Statement) {
        sql.push(" and t.team = ").bind(self.team);
        for filter in self.query.filters() {
            self.push_filter(sql, filter);
        }
    }

    fn push_filter(&self, sql: &mut Statement, filter: &Filter) {
        match filter.field {
            Field::Search => self.push_search(sql),
            Field::From | Field::To => push_period(sql, filter),
            Field::Type => self.push_codes(sql, "t.type", filter),
            Field::Status => self.push_codes(sql, "t.status", filter),
            Field::Verdict => self.push_codes(sql, "t.verdict", filter),
            Field::Attack => self.push_codes(sql, "t.attack", filter),
            Field::Direction => self.push_codes(sql, "t.direction", filter),
            Field::Country => self.push_codes(sql, "t.country", filter),
            Field::Severity => {
                let levels = filter
                    .values
                    .iter()
                    .map(|value| severity_level(&value.text));
                self.push_numbers(sql, "t.severity_level", levels);
            }
            Field::Port => {
                let ports = filter
                    .values
                    .iter()
                    .filter_map(|value| match value.operand {
                        Operand::Port(port) => Some(i64::from(port)),
                        _ => None,
                    });
                self.push_numbers(sql, "t.destination_port", ports);
            }
            Field::Source => self.push_addresses(sql, &["source_key"], filter),
            Field::Destination => self.push_addresses(sql, &["destination_key"], filter),
            Field::Address => self.push_addresses(sql, &["source_key", "destination_key"], filter),
            Field::Reviewed => {
                if let [value] = filter.values.as_slice() {
                    let is_reviewed = value.text == "yes";
                    sql.push(" and t.reviewed_at is ");
                    sql.push(if is_reviewed { "not null" } else { "null" });
                }
            }
            Field::Assignee => {
                sql.push(" and (");
                sql.push_joined(" or ", &filter.values, |sql, value| {
                    if value.text == "none" {
                        sql.push("t.assignee_id is null");
                    } else {
                        sql.push("t.assignee_id = (select id from users where username = ");
                        sql.bind(value.text.as_str()).push(")");
                    }
                });
                sql.push(")");
            }
        }
    }

    fn push_search(&self, sql: &mut Statement) {
        if let Some(names) = &self.names {
            let column = if names.contains(&NO_NAME) {
                "coalesce(t.name_id, -1)"
            } else {
                "t.name_id"
            };
            return self.push_numbers(sql, column, names.iter().copied());
        }
        let searches = searches(self.query);
        sql.push(" and ");
        let is_from_index = self.match_expression.is_some();
        push_text_condition(sql, self.engine, "t.seek", &searches, is_from_index);
    }

    /// One value keeps the order of the column's index; several do not.
    fn push_codes(&self, sql: &mut Statement, column: &str, filter: &Filter) {
        sql.push(" and ").push(column);
        if self.access == Access::Time && filter.values.len() > 1 {
            sql.push(" || ''");
        }
        let values = filter.values.iter().map(|value| value.text.as_str());
        sql.push(" in (").bind_list(values).push(")");
    }

    fn push_numbers(&self, sql: &mut Statement, column: &str, numbers: impl Iterator<Item = i64>) {
        let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
        sql.push(" and ").push(column);
        if self.access == Access::Time && numbers.len() > 1 {
            sql.push(" + 0");
        }
        // As literals: the planners know how many there are.
        sql.push(" in (").push(&numbers.join(", ")).push(")");
    }

    fn push_addresses(&self, sql: &mut Statement, columns: &[&str], filter: &Filter) {
        let ranges = filter
            .values
            .iter()
            .filter_map(|value| match &value.operand {
                Operand::Address(range) => Some(range),
                _ => None,
            });
        let tests: Vec<(&str, &AddressRange)> = ranges
            .flat_map(|range| columns.iter().map(move |column| (*column, range)))
            .collect();
        match tests.as_slice() {
            [(column, range)] if range.single().is_some() => {
                sql.push(" and t.")
                    .push(column)
                    .push(" = ")
                    .bind(range.low().as_str());
            }
            tests if self.access == Access::Filters => {
                sql.push(" and t.place in (");
                sql.push_joined(" union ", tests, |sql, (column, range)| {
                    sql.push("select place from ")
                        .push(self.table)
                        .push(" where team = ");
                    sql.bind(self.team).push(" and ").push(column);
                    push_between(sql, range);
                });
                sql.push(")");
            }
            tests => {
                sql.push(" and (");
                sql.push_joined(" or ", tests, |sql, (column, range)| {
                    sql.push("t.").push(column).push(" || ''");
                    push_between(sql, range);
                });
                sql.push(")");
            }
        }
    }
}

pub(super) fn push_between(sql: &mut Statement, range: &AddressRange) {
    sql.push(" between ").bind(range.low().as_str());
    sql.push(" and ").bind(range.high().as_str());
}

/// Of several periods, the widest one: each value is an alternative.
fn push_period(sql: &mut Statement, filter: &Filter) {
    let times = filter
        .values
        .iter()
        .filter_map(|value| match value.operand {
            Operand::Time(at) => Some(at.millis()),
            _ => None,
        });
    if filter.field == Field::From {
        let from = times.min().unwrap_or_default();
        sql.push(" and t.place >= ").bind(first_place(from));
    } else {
        let to = times.max().unwrap_or_default();
        sql.push(" and t.place < ").bind(first_place(to + 1000));
    }
}

/// The searches of a query, of which a row has to match one.
pub(super) fn searches(query: &ListQuery) -> Vec<&SearchTerms> {
    let values = query.values(Field::Search).iter();
    values
        .filter_map(|value| match &value.operand {
            Operand::Terms(terms) => Some(terms),
            _ => None,
        })
        .collect()
}
