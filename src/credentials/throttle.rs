//! Guessing takes time: who has failed waits longer before the next try, and nobody for ever.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

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

/// By account and address together, by address alone, by the network around it, by account alone.
/// The last one does not hold where the account's password was right not long ago: it must not let
/// a stranger keep a person out.
type Limits = [Limit; 4];

/// Who has one network of IPv6 often has thousands beside it. Of IPv4 it is the address once more,
/// which has to wait before.
const NETWORK: Limit = Limit {
    free: 300,
    longest: 15 * 60 * 1000,
};

const PASSWORDS: Limits = [
    Limit {
        free: 5,
        longest: 15 * 60 * 1000,
    },
    Limit {
        free: 30,
        longest: 15 * 60 * 1000,
    },
    NETWORK,
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
    NETWORK,
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
    NETWORK,
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
    /// Where it was made, by name and address: remembered when the attempt was right.
    place: Option<String>,
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
        let Source { address, network } = Source::of(address);
        let place = id(&["place", &name, &address]);
        let ids = [
            id(&["both", &name, &address]),
            id(&["address", &address]),
            id(&["network", &network]),
            id(&["account", &name]),
        ];
        let is_known = self.0.knows_place(&place).await?;
        let counted = self.count(&ids, &PASSWORDS, is_known).await?;
        let [both, address, network, account] = ids;
        Ok(counted.map(|begins_pause| Attempt {
            own: vec![both],
            shared: vec![address, network, account],
            place: Some(place),
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
        let Source { address, network } = Source::of(address);
        let ids = [
            id(&["code", "both", &user.0, &address]),
            id(&["code", "address", &address]),
            id(&["code", "network", &network]),
            id(&["code", "account", &user.0]),
        ];
        let counted = self.count(&ids, &CODES, false).await?;
        let [both, address, network, account] = ids;
        // Only the person has right codes, so one of them makes all of the account's wrong ones
        // forgotten.
        Ok(counted.map(|begins_pause| Attempt {
            own: vec![both, account],
            shared: vec![address, network],
            place: None,
            begins_pause,
        }))
    }

    /// Shall a sign-in through the provider that was refused be written down: it is nobody's account that it could
    /// be counted by, and whoever goes on must not fill the log.
    pub async fn may_be_noted(&self, address: Option<IpAddr>) -> Result<bool, Error> {
        let Source { address, network } = Source::of(address);
        let ids = [
            id(&["return", "both", &address]),
            id(&["return", "address", &address]),
            id(&["return", "network", &network]),
            id(&["return", "all"]),
        ];
        Ok(self.count(&ids, &RETURNS, false).await?.is_ok())
    }

    /// Does a pause begin with this attempt if it fails; or how long to wait. `is_known`: what
    /// others fail at from elsewhere, which the last limit is for, is not waited for.
    async fn count(
        &self,
        ids: &[String; 4],
        limits: &Limits,
        is_known: bool,
    ) -> Result<Result<bool, Duration>, Error> {
        let last = limits.len() - 1;
        let wait = |index: usize, so_far: Attempts, now: i64| {
            if is_known && index == last {
                return 0;
            }
            wait(&limits[index], so_far, now)
        };
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
        let Attempt {
            own, shared, place, ..
        } = attempt;
        self.0
            .forgive_attempt(&own, &shared, place.as_deref())
            .await
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

/// Where somebody asks from, as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// An address of IPv4, also when it is written as one of IPv6; of IPv6 the network of one
    /// customer, who chooses addresses in it at will.
    pub address: String,
    /// What is around it: of IPv6 as much as one customer may get on asking.
    network: String,
}

impl Source {
    #[must_use]
    pub fn of(address: Option<IpAddr>) -> Self {
        let Some(address) = address else {
            return Self {
                address: String::new(),
                network: String::new(),
            };
        };
        match address.to_canonical() {
            IpAddr::V4(ip) => Self {
                address: ip.to_string(),
                network: ip.to_string(),
            },
            IpAddr::V6(ip) => {
                let first = |bits: u32| {
                    let network = ip.to_bits() & (u128::MAX << (128 - bits));
                    format!("{}/{bits}", Ipv6Addr::from_bits(network))
                };
                Self {
                    address: first(64),
                    network: first(48),
                }
            }
        }
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
    fn an_address_of_ipv6_counts_with_its_network() {
        let of = |address: &str| Source::of(address.parse().ok());
        for (address, counted, network) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
            (
                "2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::/64",
                "2001:db8:1::/48",
            ),
            ("2001:db8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64", "2001:db8:1::/48"),
            ("::1", "::/64", "::/48"),
        ] {
            let (address, network) = (of(address), network.to_owned());
            assert_eq!(
                address,
                Source {
                    address: counted.to_owned(),
                    network
                }
            );
        }
        assert_eq!(Source::of(None).address, "");
    }

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
