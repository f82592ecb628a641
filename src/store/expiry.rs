//! Deletion of expired rows: sessions, login failures, links, and sign-ins that were not finished.

use super::{
    Error, Store,
    identities::CALLBACK_LIFETIME,
    login_failures::{LOCATION_LIFETIME, MAX_DECAY},
    mfa_challenges,
    second_factor::OFFER_LIFETIME,
};

/// Without an ID token the provider asks the user to confirm the sign-out.
const ID_TOKEN_LIFETIME: i64 = 2 * 24 * 60 * 60 * 1000;

impl Store {
    /// Deletes expired rows, and login failures and locations with a time in the future.
    pub async fn delete_expired(&self) -> Result<(), Error> {
        let now = self.now();
        let ahead = now + MAX_DECAY;
        for (delete, bound) in [
            ("delete from sessions where expires_at <= $1", now),
            ("delete from login_failures where decayed_at <= $1", now),
            ("delete from login_failures where decayed_at > $1", ahead),
            (
                "delete from known_locations where seen_at <= $1",
                now - LOCATION_LIFETIME,
            ),
            ("delete from known_locations where seen_at > $1", ahead),
            (
                "delete from second_factor_offers where offered_at <= $1",
                now - OFFER_LIFETIME,
            ),
            (
                "delete from mfa_challenges where started_at <= $1",
                now - mfa_challenges::LIFETIME,
            ),
            ("delete from invitations where expires_at <= $1", now),
            ("delete from setup_links where expires_at <= $1", now),
            (
                "delete from oidc_callbacks where came_at <= $1",
                now - CALLBACK_LIFETIME,
            ),
            (
                "delete from id_tokens where kept_at <= $1",
                now - ID_TOKEN_LIFETIME,
            ),
        ] {
            self.execute(|| sqlx::query(delete).bind(bound)).await?;
        }
        Ok(())
    }
}
