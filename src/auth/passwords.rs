//! Password hashing with Argon2id, on blocking threads and with bounded concurrency.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization as _;

use super::password_rule::MAX_BYTES;

/// Each takes 19 MiB and a core for tens of milliseconds.
const MAX_AT_ONCE: usize = 2;

/// Requests that wait for their turn; more would wait too long.
const MAX_WAITING: usize = 128;

/// Hashes and checks passwords. A clone shares the limits.
///
/// Passwords are hashed in NFC: macOS and Windows spell Hangul differently. The parameters are the crate's defaults,
/// which are OWASP's: 19 MiB, two passes, one lane.
#[derive(Debug, Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The hash for unknown users, so that their check takes as long.
    nobody: Arc<str>,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password must not be empty")]
    Empty,
    #[error("a password may have at most 1,024 bytes")]
    TooLong,
    #[error("too many passwords wait to be checked")]
    Busy,
    #[error("the password could not be hashed")]
    Hash,
}

/// The outcome of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordCheck {
    Wrong,
    Right,
    /// Right, but its hash is to be replaced: by one with today's cost, or of the NFC form.
    Outdated,
}

impl PasswordCheck {
    #[must_use]
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

impl Passwords {
    /// # Errors
    /// When this machine cannot hash at all.
    pub async fn new() -> Result<Self, PasswordError> {
        let mut passwords = Self {
            turns: Arc::new(Semaphore::new(MAX_AT_ONCE)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            nobody: "".into(),
        };
        passwords.nobody = passwords.hash("nobody's password").await?.into();
        Ok(passwords)
    }

    /// The hash to store, in PHC format.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password: String = password.nfc().collect();
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        if password.len() > MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        self.work(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|_| PasswordError::Hash)
        })
        .await?
    }

    /// Checks a password. Without a hash it is wrong, and the check takes as long.
    pub async fn verify(
        &self,
        password: &str,
        hash: Option<&str>,
    ) -> Result<PasswordCheck, PasswordError> {
        let normal: String = password.nfc().collect();
        if normal.len() > MAX_BYTES {
            return Ok(PasswordCheck::Wrong);
        }
        // A user without a password has an empty hash.
        let hash = hash.filter(|hash| PasswordHash::new(hash).is_ok());
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let raw = password.to_owned();
        let checked = self.work(move || check(&normal, &raw, &hash)).await?;
        Ok(if known { checked } else { PasswordCheck::Wrong })
    }

    /// Runs the work under a permit. The permit is released when the work ends, even after the client has disconnected.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let turn = self.turn().await?;
        let working = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        working.await.map_err(|_| PasswordError::Hash)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, PasswordError> {
        let _waiting = self
            .waiting
            .try_acquire()
            .map_err(|_| PasswordError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|_| PasswordError::Hash)
    }
}

/// Tries the NFC form, and the typed form where it differs: it may have been hashed as it was.
fn check(normal: &str, raw: &str, hash: &str) -> PasswordCheck {
    let Ok(stored) = PasswordHash::new(hash) else {
        return PasswordCheck::Wrong;
    };
    let is_hash_of = |text: &str| {
        let checked = Argon2::default().verify_password(text.as_bytes(), &stored);
        checked.is_ok()
    };
    if is_hash_of(normal) {
        return if is_outdated(&stored) {
            PasswordCheck::Outdated
        } else {
            PasswordCheck::Right
        };
    }
    if normal != raw && is_hash_of(raw) {
        return PasswordCheck::Outdated;
    }
    PasswordCheck::Wrong
}

/// Whether the hash has a lower cost than the present setting.
fn is_outdated(hash: &PasswordHash) -> bool {
    let argon2 = Algorithm::Argon2id.ident() == hash.algorithm
        && hash.version == Some(Version::V0x13.into());
    let costs = |params: &Params| [params.m_cost(), params.t_cost(), params.p_cost()];
    let enough = Params::try_from(hash).is_ok_and(|used| {
        let least = costs(&Params::DEFAULT);
        costs(&used)
            .iter()
            .zip(least)
            .all(|(used, least)| *used >= least)
    });
    !(argon2 && enough)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        task::{Context, Waker},
    };

    use super::*;

    #[tokio::test]
    async fn only_the_hashed_password_is_right() {
        let passwords = Passwords::new().await.expect("hashes");
        let hash = passwords.hash("정답 horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let right = async |password, hash| {
            let checked = passwords.verify(password, hash).await.expect("works");
            checked.is_right()
        };
        assert!(right("정답 horse", Some(&hash)).await);
        assert!(!right("정답 horse ", Some(&hash)).await);
        assert!(!right("nobody's password", None).await);
        for none in ["", "not a hash"] {
            assert!(!right("x", Some(none)).await);
            assert!(!right("nobody's password", Some(none)).await);
        }
    }

    #[tokio::test]
    async fn unknown_user_costs_as_much_as_a_known_one() {
        let passwords = Passwords::new().await.expect("hashes");
        let hash = passwords.hash("정답 horse").await.expect("hashes");
        // Everything before the salt: algorithm and cost.
        let cost = |hash: &str| {
            hash.split('$')
                .take(4)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(cost(&passwords.nobody), cost(&hash));
        assert_eq!(passwords.nobody.len(), hash.len());
    }

    #[tokio::test]
    async fn password_is_the_same_in_nfc_and_nfd() {
        let passwords = Passwords::new().await.expect("hashes");
        let (nfc, nfd) = ("정답 café", "정답 café".nfd().collect::<String>());
        assert_ne!(nfc, nfd);
        let hash = passwords.hash(&nfd).await.expect("hashes");
        for typed in [nfc, nfd.as_str()] {
            let checked = passwords.verify(typed, Some(&hash)).await.expect("works");
            assert_eq!(checked, PasswordCheck::Right);
        }
        let of_nfd = Argon2::default().hash_password(nfd.as_bytes());
        let of_nfd = of_nfd.expect("hashes").to_string();
        let checked = passwords.verify(&nfd, Some(&of_nfd)).await;
        assert_eq!(checked.expect("works"), PasswordCheck::Outdated);
    }

    #[test]
    fn hash_of_lower_cost_is_outdated() {
        let hash = Argon2::default().hash_password("정답 horse".as_bytes());
        let hash = hash.expect("hashes").to_string();
        let outdated = |hash: &str| is_outdated(&PasswordHash::new(hash).expect("is a hash"));
        assert!(!outdated(&hash));
        assert!(!outdated(&hash.replace("t=2", "t=3")));
        for (now, before) in [
            ("m=19456", "m=12288"),
            ("t=2", "t=1"),
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
        ] {
            assert!(outdated(&hash.replace(now, before)), "{before}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn turn_is_kept_when_the_client_goes() {
        let passwords = Passwords::new().await.expect("hashes");
        let (started, starts) = mpsc::channel();
        let (end, ends) = mpsc::channel::<()>();
        {
            let working = passwords.work(move || {
                started.send(()).expect("is awaited");
                let _ = ends.recv();
            });
            let mut working = std::pin::pin!(working);
            let first = working
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            assert!(first.is_pending());
            starts.recv().expect("has started");
        }
        assert_eq!(passwords.turns.available_permits(), MAX_AT_ONCE - 1);
        drop(end);
        // Waits until the work has released its permit.
        let turns = u32::try_from(MAX_AT_ONCE).expect("is small");
        let all = passwords.turns.acquire_many(turns).await;
        assert!(all.is_ok());
    }

    #[tokio::test]
    async fn queue_is_bounded() {
        let passwords = Passwords::new().await.expect("hashes");
        let _turns = passwords.turns.acquire_many(2).await.expect("are free");
        let mut context = Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| Box::pin(passwords.work(|| ())))
            .collect();
        for work in &mut waiting {
            assert!(work.as_mut().poll(&mut context).is_pending());
        }
        let refused = passwords.hash("one more password").await;
        assert!(matches!(refused, Err(PasswordError::Busy)));
        waiting.pop();
        let waits = std::pin::pin!(passwords.hash("one more password"));
        assert!(waits.poll(&mut context).is_pending());
    }
}
