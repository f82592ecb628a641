//! Login rate limiting: exponential backoff per account and network, no permanent lockout.
//!
//! Two keys count failures: the account at its network, and the network itself. The limit is checked before the password
//! check, and again in one transaction with the count of its outcome, so that concurrent guesses gain nothing.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    model::{MAX_WAIT, RateLimit, UserId, normalize},
    store::{Action, AuditRecord, Error, FailureKey, LoginAttempt, Store},
};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;

/// An account at one network: 96 guesses a day in the long run.
const ACCOUNT: RateLimit = RateLimit {
    free: 5,
    decay: MAX_WAIT,
};

/// A network, independent of the account.
const NETWORK: RateLimit = RateLimit {
    free: 30,
    decay: MINUTE,
};

/// Codes of one account from any network: their guesser knows the password. At 96 attempts a day, of which three in
/// a million are right, a chance of one half takes some seven years.
const CODES: RateLimit = RateLimit {
    free: 10,
    decay: MAX_WAIT,
};

/// Refused OIDC sign-ins in the audit log: of one network, and of all.
const REFUSALS: RateLimit = RateLimit {
    free: 20,
    decay: MINUTE,
};
const ALL_REFUSALS: RateLimit = RateLimit {
    free: 500,
    decay: 10 * SECOND,
};

/// The network that a provider gives one customer of IPv6 (RFC 6177).
const IPV6_NETWORK: u32 = 56;

/// Limits failed logins; several portals on one database count together.
#[derive(Debug, Clone)]
pub struct LoginRateLimiter(Store);

/// Why a login attempt is not checked, or why its outcome does not count.
#[derive(Debug, thiserror::Error)]
pub enum LimitError {
    /// Too many attempts have failed.
    #[error("too many failed attempts, wait {0:?}")]
    Wait(Duration),
    #[error(transparent)]
    Store(#[from] Error),
}

impl LoginRateLimiter {
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// Admits a check of a password. An unknown name counts as a known one does.
    pub async fn begin(
        &self,
        username: &str,
        client: Option<IpAddr>,
    ) -> Result<LoginAttempt, LimitError> {
        let (username, network) = (normalize(username), network_of(client));
        let attempt = LoginAttempt {
            own: key(&["password", &username, &network], ACCOUNT),
            shared: key(&["network", &network], NETWORK),
            location: hash(&["password location", &username, &network]),
        };
        admit(self.0.login_wait(&attempt).await?)?;
        Ok(attempt)
    }

    /// Admits a check of a user's code. Codes are counted apart: a right password must not reset wrong codes.
    pub async fn begin_code(
        &self,
        user: &UserId,
        client: Option<IpAddr>,
    ) -> Result<LoginAttempt, LimitError> {
        let network = network_of(client);
        let attempt = LoginAttempt {
            own: key(&["code", &user.0, &network], ACCOUNT),
            shared: key(&["codes", &user.0], CODES),
            location: hash(&["code location", &user.0, &network]),
        };
        admit(self.0.login_wait(&attempt).await?)?;
        Ok(attempt)
    }

    /// The password was right.
    ///
    /// # Errors
    /// [`LimitError::Wait`] when too many attempts have failed since this one began.
    pub async fn succeeded(&self, attempt: &LoginAttempt) -> Result<(), LimitError> {
        admit(self.0.record_login_success(attempt).await?)
    }

    /// Counts a failed attempt, with a refused `action` in the audit log.
    ///
    /// # Errors
    /// [`LimitError::Wait`] when too many attempts have failed since this one began.
    pub async fn failed(
        &self,
        attempt: &LoginAttempt,
        by: &AuditRecord,
        action: Action,
    ) -> Result<(), LimitError> {
        admit(self.0.record_login_failure(attempt, by, action).await?)
    }

    /// Whether to audit a refused OIDC sign-in. It belongs to no account, so that a limit protects the log.
    pub async fn may_record_refusal(&self, client: Option<IpAddr>) -> Result<bool, Error> {
        let network = network_of(client);
        let keys = [
            key(&["refusals", &network], REFUSALS),
            key(&["all refusals"], ALL_REFUSALS),
        ];
        self.0.record_event(&keys).await
    }
}

fn admit(wait: Option<Duration>) -> Result<(), LimitError> {
    wait.map_or(Ok(()), |wait| Err(LimitError::Wait(wait)))
}

/// The client's key: its IPv4 address, or its IPv6 network, in which it controls every address.
#[must_use]
pub fn network_of(client: Option<IpAddr>) -> String {
    match client.map(|ip| ip.to_canonical()) {
        None => String::new(),
        Some(IpAddr::V4(ip)) => ip.to_string(),
        Some(IpAddr::V6(ip)) => {
            let network = ip.to_bits() & (u128::MAX << (128 - IPV6_NETWORK));
            format!("{}/{IPV6_NETWORK}", Ipv6Addr::from_bits(network))
        }
    }
}

fn key(parts: &[&str], limit: RateLimit) -> FailureKey {
    FailureKey {
        id: hash(parts),
        limit,
    }
}

/// Hashed, since a password may have been typed into the wrong field.
fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use crate::model::Failures;

    use super::*;

    #[test]
    fn client_of_ipv6_counts_with_its_network() {
        for (client, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/56"),
            ("2001:db8:1:1ff::1", "2001:db8:1:100::/56"),
            ("::1", "::/56"),
        ] {
            assert_eq!(network_of(client.parse().ok()), network);
        }
        assert_eq!(network_of(None), "");
    }

    /// An office of twelve users behind one address: 60 logins a day within two hours, one in twenty mistyped and
    /// repeated, from an unknown location.
    #[test]
    fn office_with_typing_errors_is_never_refused() {
        const DAY: i64 = 24 * 60 * MINUTE;
        let mut random = fastrand::Rng::with_seed(7);
        let mut accounts = [Failures::default(); 12];
        let mut office = Failures::default();
        for day in 0..30 {
            for login in 0..60 {
                let mut now = day * DAY + login * 2 * MINUTE;
                let account = &mut accounts[random.usize(..12)];
                loop {
                    let waits = [ACCOUNT.wait(*account, now), NETWORK.wait(office, now)];
                    assert_eq!(waits, [0, 0], "day {day}, login {login}");
                    if random.u8(..20) > 0 {
                        *account = Failures::default();
                        break;
                    }
                    *account = ACCOUNT.add(*account, now);
                    office = NETWORK.add(office, now);
                    now += 10 * SECOND;
                }
            }
        }
    }

    /// Guesses that get through in a year, from the first one on and without a pause.
    fn guesses_in_a_year(limit: RateLimit) -> i64 {
        const YEAR: i64 = 365 * 24 * 60 * MINUTE;
        let (mut failures, mut now, mut guesses) = (Failures::default(), 0, 0);
        while now < YEAR {
            failures = limit.add(failures, now);
            guesses += 1;
            now += limit.wait(failures, now).max(1);
        }
        guesses
    }

    #[test]
    fn guessing_codes_is_infeasible() {
        let guesses = guesses_in_a_year(CODES);
        assert!(guesses < 36_000, "{guesses}");
    }
}
