//! Filters of the audit log.

use crate::{
    model::{Action, KstDateTime, Outcome, normalize},
    store::values::Query,
};

/// As much of a searched text as counts, in characters.
const MAX_TEXT: usize = 200;

/// Conditions on rows; empty fields match everything. Texts are compared in normal form.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The actor's whole name.
    pub actor: String,
    pub action: Option<Action>,
    pub outcome: Option<Outcome>,
    pub from: Option<KstDateTime>,
    /// Included.
    pub to: Option<KstDateTime>,
    /// A text in the object, a requested server's name, the address, or the number of the request or
    /// the session.
    pub text: String,
}

/// The condition for a team's rows (`''` for all) and a filter, over the parameters from `$1` to
/// `$7` that [`AuditFilter::bind`] fills.
///
/// A team's rows are those of the team, and of those without a team what was done to its members
/// and how they signed in. What a member or a site admin does elsewhere names other teams and
/// their people.
macro_rules! matching {
    ($before:literal, $after:literal) => {
        concat!(
            "with members as (select user_id from memberships where team_id = $1) ",
            $before,
            " from audit where ($1 = '' or team_id = $1 or (team_id is null and
                 (subject_id in (select user_id from members)
                  or (actor_id in (select user_id from members) and action in ('signed-in',
                      'signed-out', 'password-given', 'tries-paused', 'session-ended',
                      'second-factor-given')))))
               and ($2 = '' or actor_search = $2)
               and ($3 = '' or action = $3)
               and ($4 = '' or outcome = $4)
               and at >= $5 and at <= $6
               and ($7 = '' or search like $7 escape '!') ",
            $after
        )
    };
}
pub(super) use matching;

impl AuditFilter {
    pub(super) fn bind<'q>(&self, query: Query<'q>, team: &str) -> Query<'q> {
        query
            .bind(team.to_owned())
            .bind(normalize(&self.actor))
            .bind(self.action.map_or("", Action::code))
            .bind(self.outcome.map_or("", Outcome::code))
            .bind(self.from.map_or(0, KstDateTime::millis))
            .bind(self.to.map_or(i64::MAX, KstDateTime::millis))
            .bind(self.pattern())
    }

    /// A `like` pattern for the text anywhere, with wildcards escaped.
    fn pattern(&self) -> String {
        let text = normalize(&self.text);
        if text.is_empty() {
            return text;
        }
        let mut pattern = String::from("%");
        for c in text.chars().take(MAX_TEXT) {
            if matches!(c, '!' | '%' | '_') {
                pattern.push('!');
            }
            pattern.push(c);
        }
        pattern.push('%');
        pattern
    }
}
