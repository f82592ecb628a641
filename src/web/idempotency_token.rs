//! Idempotency tokens of forms that change something upstream. A token is sealed for its user and team, and needs no row
//! until the change request is stored under it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    model::{Clock, TeamId, UserId},
    store::Keys,
};

/// How long a form may stay open in a tab.
const LIFETIME_MILLIS: i64 = 24 * 60 * 60 * 1000;

fn context(user: &UserId, team: &TeamId) -> String {
    format!("form:{}:{team}", user.0)
}

#[must_use]
pub fn issue(keys: &Keys, clock: &Clock, user: &UserId, team: &TeamId) -> String {
    keys.seal(
        &context(user, team),
        &clock.now().timestamp_millis().to_string(),
    )
}

/// The key of a valid token; `None` for one of another user, team or portal, or after its lifetime.
#[must_use]
pub fn accept(
    keys: &Keys,
    clock: &Clock,
    user: &UserId,
    team: &TeamId,
    token: &str,
) -> Option<String> {
    let issued: i64 = keys.open(&context(user, team), token)?.parse().ok()?;
    let age = clock.now().timestamp_millis() - issued;
    // A sealed text has one base64 form, so the hash identifies it.
    (-60_000..LIFETIME_MILLIS)
        .contains(&age)
        .then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes())))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::store::SecretKey;

    #[test]
    fn token_is_valid_for_its_user_and_team_for_a_day() {
        let keys = Keys::only(SecretKey::new(&[1; 32]));
        let clock = Clock::stopped(DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let (user, team) = (UserId("u".into()), TeamId("t".into()));
        let token = issue(&keys, &clock, &user, &team);
        let accepted = |user: &UserId, team: &TeamId| accept(&keys, &clock, user, team, &token);
        assert!(accepted(&user, &team).is_some());
        assert_eq!(accepted(&UserId("v".into()), &team), None);
        assert_eq!(accepted(&user, &TeamId("s".into())), None);
        clock.advance(TimeDelta::hours(25));
        assert_eq!(accepted(&user, &team), None);
    }
}
