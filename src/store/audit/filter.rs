//! Which rows of the audit log are looked for.

use sqlx::any::AnyArguments;

use crate::model::KoreanTime;

use super::{Action, Outcome};

/// What the rows must be; what is empty lets everything through.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The whole name of who did it.
    pub actor: String,
    pub action: Option<Action>,
    pub outcome: Option<Outcome>,
    pub from: Option<KoreanTime>,
    /// Included.
    pub to: Option<KoreanTime>,
    /// What stands in the object, in the name of a server that was asked for, in the address or
    /// in the number of the request or the session.
    pub text: String,
}

/// The condition for a team's rows (`''` for all) and a filter, over the parameters from `$1` to
/// `$7` that [`AuditFilter::bind`] fills.
macro_rules! matching {
    ($before:literal, $after:literal) => {
        concat!(
            "with people as (select user_id from memberships where team_id = $1
                 union select id from users where site_admin_at is not null) ",
            $before,
            " from audit where ($1 = '' or team_id = $1 or (team_id is null and
                 (actor_id in (select user_id from people)
                  or subject_id in (select user_id from people))))
               and ($2 = '' or lower(actor_name) = $2)
               and ($3 = '' or action = $3)
               and ($4 = '' or outcome = $4)
               and at >= $5 and at <= $6
               and ($7 = '' or lower(object) like $7 escape '!' or address like $7 escape '!'
                 or request_id like $7 escape '!' or lower(session) like $7 escape '!'
                 or control_request_id in (select request_id from control_items
                   where lower(name) like $7 escape '!' or item_id like $7 escape '!')) ",
            $after
        )
    };
}
pub(super) use matching;

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, AnyArguments>;

impl AuditFilter {
    pub(super) fn bind<'q>(&self, query: Query<'q>, team: &str) -> Query<'q> {
        let millis = |at: KoreanTime| at.to_utc().timestamp_millis();
        query
            .bind(team.to_owned())
            .bind(self.actor.trim().to_lowercase())
            .bind(self.action.map_or("", Action::code))
            .bind(self.outcome.map_or("", Outcome::code))
            .bind(self.from.map_or(0, millis))
            .bind(self.to.map_or(i64::MAX, millis))
            .bind(self.pattern())
    }

    /// The text anywhere, whatever characters it holds.
    fn pattern(&self) -> String {
        let text = self.text.trim().to_lowercase();
        if text.is_empty() {
            return text;
        }
        let plain = |c: char| match c {
            '!' | '%' | '_' => vec!['!', c],
            '\0' => vec!['\u{fffd}'],
            c => vec![c],
        };
        let text: String = text.chars().flat_map(plain).collect();
        format!("%{text}%")
    }
}
