//! Guessing takes time: who has failed waits longer before the next try, and nobody for ever.

use std::{net::IpAddr, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::{
    model::UserId,
    store::{Action, Attempts, AuditRecord, Error, Outcome, Store},
};

/// How many failures are free, and the longest wait after more of them, in milliseconds.
struct Limit {
    free: u32,
    longest: i64,
}

/// By account and address together, by address alone, by account alone. The last one waits only
/// briefly: it must not let a stranger keep a person out.
type Limits = [Limit; 3];

const PASSWORDS: Limits = [
    Limit {
        free: 5,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 30,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 50,
        longest: 20 * 1000,
    },
];

/// Who guesses codes knows the password, and a code has only six digits: from however many
/// addresses, not more than 288 a day are tried, of which three in a million are right.
const CODES: Limits = [
    Limit {
        free: 5,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 30,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 10,
        longest: 5 * 60 * 1000,
    },
];

/// What comes back from the provider and is refused is written down, but not without an end.
const RETURNS: Limits = [
    Limit {
        free: 20,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 20,
        longest: 15 * 60 * 1000,
    },
    // From wherever it comes.
    Limit {
        free: 500,
        longest: 60 * 1000,
    },
];

/// Failures are remembered for this long after the last one, in milliseconds.
const MEMORY: i64 = 24 * 60 * 60 * 1000;

/// Counts attempts to sign in.
#[derive(Debug, Clone)]
pub struct Throttle(Store);

/// An attempt that may be made, and is counted as failed until it succeeds.
#[derive(Debug)]
pub struct Attempt {
    /// What is counted of the person's own, and forgotten when the attempt was right.
    own: Vec<String>,
    /// What others are counted by too.
    shared: Vec<String>,
    /// Whoever comes after it has to wait if it fails, and nobody had to before.
    begins_pause: bool,
}

impl Throttle {
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// Counts an attempt for that name, as it was typed, from that address; or says how long to
    /// wait. An unknown name counts as a known one does.
    pub async fn begin(
        &self,
        name: &str,
        address: Option<IpAddr>,
    ) -> Result<Result<Attempt, Duration>, Error> {
        let name = name.trim().to_lowercase();
        let address = address.map(|ip| ip.to_string()).unwrap_or_default();
        let ids = [
            id(&["both", &name, &address]),
            id(&["address", &address]),
            id(&["account", &name]),
        ];
        let counted = self.count(&ids, &PASSWORDS).await?;
        let [both, address, account] = ids;
        Ok(counted.map(|begins_pause| Attempt {
            own: vec![both],
            shared: vec![address, account],
            begins_pause,
        }))
    }

    /// Counts an attempt at that user's one-time code from that address. It is counted apart from
    /// passwords: a right password must not make wrong codes forgotten.
    pub async fn begin_code(
        &self,
        user: &UserId,
        address: Option<IpAddr>,
    ) -> Result<Result<Attempt, Duration>, Error> {
        let address = address.map(|ip| ip.to_string()).unwrap_or_default();
        let ids = [
            id(&["code", "both", &user.0, &address]),
            id(&["code", "address", &address]),
            id(&["code", "account", &user.0]),
        ];
        let counted = self.count(&ids, &CODES).await?;
        let [both, address, account] = ids;
        // Only the person has right codes, so one of them makes all of the account's wrong ones
        // forgotten.
        Ok(counted.map(|begins_pause| Attempt {
            own: vec![both, account],
            shared: vec![address],
            begins_pause,
        }))
    }

    /// Shall a sign-in through the provider that was refused be written down: it is nobody's account that it could
    /// be counted by, and whoever goes on must not fill the log.
    pub async fn may_be_noted(&self, address: Option<IpAddr>) -> Result<bool, Error> {
        let address = address.map(|ip| ip.to_string()).unwrap_or_default();
        let ids = [
            id(&["return", "both", &address]),
            id(&["return", "address", &address]),
            id(&["return", "all"]),
        ];
        Ok(self.count(&ids, &RETURNS).await?.is_ok())
    }

    /// Does a pause begin with this attempt if it fails; or how long to wait.
    async fn count(
        &self,
        ids: &[String; 3],
        limits: &Limits,
    ) -> Result<Result<bool, Duration>, Error> {
        let wait = |index: usize, so_far: Attempts, now: i64| wait(&limits[index], so_far, now);
        Ok(match self.0.count_attempt(ids, wait).await? {
            Ok(before) => Ok(before
                .iter()
                .zip(limits)
                .any(|(so_far, limit)| so_far.failures + 1 == limit.free)),
            Err(wait) => Err(Duration::from_millis(u64::try_from(wait).unwrap_or(0))),
        })
    }

    /// The attempt was right.
    pub async fn succeeded(&self, attempt: Attempt) -> Result<(), Error> {
        let Attempt { own, shared, .. } = attempt;
        self.0.forgive_attempt(&own, &shared).await
    }

    /// The attempt was wrong. That is written down as a refused `action`, and once also that who
    /// goes on has to wait: what is tried meanwhile is not, or a stranger could fill the log.
    pub async fn failed(
        &self,
        attempt: Attempt,
        by: &AuditRecord,
        action: Action,
    ) -> Result<(), Error> {
        self.0.audit(by, action, Outcome::Refused).await?;
        if attempt.begins_pause {
            self.0.audit(by, Action::TriesPaused, Outcome::Done).await?;
        }
        Ok(())
    }
}

/// What was typed may be a password in the wrong field: only its hash is stored.
fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// One second after the free failures, then twice as long each time.
fn wait(limit: &Limit, so_far: Attempts, now: i64) -> i64 {
    if so_far.failures < limit.free || now - so_far.last_at > MEMORY {
        return 0;
    }
    let doublings = (so_far.failures - limit.free).min(20);
    let pause = (1000_i64 << doublings).min(limit.longest);
    (so_far.last_at + pause - now).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_a_quarter_of_an_hour_and_ends() {
        let after = |failures, since| {
            let so_far = Attempts {
                failures,
                last_at: 1_000_000,
            };
            wait(&PASSWORDS[0], so_far, 1_000_000 + since)
        };
        assert_eq!(after(4, 0), 0);
        assert_eq!(after(5, 0), 1000);
        assert_eq!(after(7, 0), 4000);
        assert_eq!(after(7, 4000), 0);
        assert_eq!(after(4000, 0), 15 * 60 * 1000);
        assert_eq!(after(4000, MEMORY + 1), 0);
    }
}
