//! Full-text search: the index narrows, the text in normal form decides, on both engines alike.

use crate::{
    model::{Gram, SearchTerms, is_exact, team_gram, term_grams},
    store::database::Engine,
};

use super::statement::Statement;

impl Engine {
    /// The function that finds a text within another one, byte by byte, from 1.
    fn position(self) -> &'static str {
        match self {
            Self::Sqlite => "instr",
            Self::Postgres => "strpos",
        }
    }

    fn and(self) -> &'static str {
        match self {
            Self::Sqlite => " AND ",
            Self::Postgres => " & ",
        }
    }

    fn or(self) -> &'static str {
        match self {
            Self::Sqlite => " OR ",
            Self::Postgres => " | ",
        }
    }

    /// Grams hold letters and digits only, so that quotes are never within.
    fn gram(self, gram: &Gram) -> String {
        match (self, gram) {
            (Self::Sqlite, Gram::Whole(gram)) => format!("\"{gram}\""),
            (Self::Sqlite, Gram::Prefix(gram)) => format!("\"{gram}\"*"),
            (Self::Postgres, Gram::Whole(gram)) => format!("'{gram}'"),
            (Self::Postgres, Gram::Prefix(gram)) => format!("'{gram}':*"),
        }
    }

    /// What the index is asked for: rows of the team that may match one of the searches.
    pub(super) fn match_expression(self, team: i64, searches: &[&SearchTerms]) -> String {
        let team = self.gram(&Gram::Whole(team_gram(team)));
        let mut alternatives = Vec::with_capacity(searches.len());
        for terms in searches {
            let grams = terms.wanted().iter().flat_map(|term| term_grams(term));
            let grams: Vec<String> = grams.map(|gram| self.gram(&gram)).collect();
            if grams.is_empty() {
                // Any row may match a search without grams.
                return team;
            }
            alternatives.push(format!("({})", grams.join(self.and())));
        }
        if alternatives.is_empty() {
            return team;
        }
        format!("{team}{}({})", self.and(), alternatives.join(self.or()))
    }
}

/// Adds the condition that the text in `column`, which is in normal form, matches one of the searches; without the terms
/// that the index alone decides, where the rows come from it.
pub(super) fn push_text_condition(
    sql: &mut Statement,
    engine: Engine,
    column: &str,
    searches: &[&SearchTerms],
    is_from_index: bool,
) {
    let is_decided = |term: &str| is_from_index && searches.len() == 1 && is_exact(term);
    sql.push("(");
    sql.push_joined(" or ", searches, |sql, terms| {
        let wanted = terms.wanted().iter().filter(|term| !is_decided(term));
        let wanted = wanted.map(|term| (term, " > 0"));
        let excluded = terms.excluded().iter().map(|term| (term, " = 0"));
        sql.push("(1 = 1");
        for (term, holds) in wanted.chain(excluded) {
            sql.push(" and ")
                .push(engine.position())
                .push("(")
                .push(column)
                .push(", ");
            sql.bind(term.as_str()).push(")").push(holds);
        }
        sql.push(")");
    });
    sql.push(")");
}

/// Where tickets come from when the full-text index finds them, in the order of their places.
///
/// PostgreSQL's planner must not choose: the index is asked once, and each hit is looked up until there are enough.
pub(super) fn push_hits(
    sql: &mut Statement,
    engine: Engine,
    match_expression: &str,
    place_condition: impl FnOnce(&mut Statement, &str),
    descending: bool,
) {
    match engine {
        Engine::Sqlite => {
            sql.push("ticket_words w cross join archived_tickets t on t.place = w.rowid where w.ticket_words match ");
            sql.bind(match_expression);
            place_condition(sql, "w.rowid");
        }
        Engine::Postgres => {
            sql.push("(select rowid from hit where 1 = 1");
            place_condition(sql, "rowid");
            sql.push(" order by rowid")
                .push(if descending { " desc" } else { "" });
            sql.push(") h cross join lateral (select * from archived_tickets where place = h.rowid offset 0) t where 1 = 1");
        }
    }
}

/// What stands before `select` when the full-text index is asked.
pub(super) fn push_hits_prelude(sql: &mut Statement, engine: Engine, match_expression: &str) {
    if engine == Engine::Postgres {
        sql.push(
            "with hit as materialized (select rowid from ticket_words
                 where array_to_tsvector(string_to_array(grams, ' ')) @@ cast(",
        );
        sql.bind(match_expression).push(" as tsquery)) ");
    }
}

/// The column that has the order of the hits.
pub(super) fn hit_place(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "w.rowid",
        Engine::Postgres => "h.rowid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_is_asked_for_the_team_and_the_grams() {
        let expression = |engine: Engine, typed: &[&str]| {
            let terms: Vec<_> = typed
                .iter()
                .map(|typed| SearchTerms::parse(typed))
                .collect();
            engine.match_expression(7, &terms.iter().collect::<Vec<_>>())
        };
        let sqlite = |typed: &[&str]| expression(Engine::Sqlite, typed);
        assert_eq!(
            sqlite(&["침해사"]),
            r#""Ā7" AND ("침해" AND "해사")"#.replace("(\"침해\"", "((\"침해\"") + ")"
        );
        assert_eq!(sqlite(&["44", "웹"]), r#""Ā7" AND (("44"*) OR ("웹"))"#);
        assert_eq!(sqlite(&["44", "-웹"]), r#""Ā7""#);
        assert_eq!(sqlite(&[]), r#""Ā7""#);
        assert_eq!(
            expression(Engine::Postgres, &["4' 웹"]),
            "'Ā7' & (('4ħ':* & '웹'))"
        );
    }
}
