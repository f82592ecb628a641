//! Passwords: hashed with Argon2id, off the async threads and few at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use super::password_rule::LONGEST;

/// Hashes and checks passwords. A clone shares the limit on how many at once.
///
/// The parameters are the crate's defaults, which are OWASP's: 19 MiB, two passes, one lane. When
/// these rise, a hash of before is replaced at the next signing in: see [`Passwords::is_outdated`].
#[derive(Debug, Clone)]
pub struct Passwords {
    /// Each check takes 19 MiB and a core for tens of milliseconds.
    places: Arc<Semaphore>,
    /// What a password is checked against when there is no such user, so that the answer takes
    /// as long.
    nobody: Arc<str>,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("a password must not be empty")]
    Empty,
    #[error("a password may have at most 1,024 bytes")]
    TooLong,
    #[error("the password could not be hashed")]
    Hash,
}

impl Passwords {
    /// # Errors
    /// When this machine cannot hash at all.
    pub async fn new() -> Result<Self, PasswordError> {
        let mut passwords = Self {
            places: Arc::new(Semaphore::new(2)),
            nobody: "".into(),
        };
        passwords.nobody = passwords.hash("nobody's password").await?.into();
        Ok(passwords)
    }

    /// The hash to store, in PHC format.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        if password.is_empty() {
            return Err(PasswordError::Empty);
        }
        if password.len() > LONGEST {
            return Err(PasswordError::TooLong);
        }
        let password = password.to_owned();
        self.work(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|_| PasswordError::Hash)
        })
        .await?
    }

    /// Is this the password that was hashed. Without a hash the answer is no, and takes as long.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, PasswordError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        // Who has not chosen a password yet has no hash either.
        let hash = hash.filter(|hash| PasswordHash::new(hash).is_ok());
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = password.to_owned();
        self.work(move || {
            let right = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            });
            right && known
        })
        .await
    }

    /// Was it hashed with less than passwords are hashed with now.
    #[must_use]
    pub fn is_outdated(hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else {
            return false;
        };
        let argon2 = Algorithm::Argon2id.ident() == hash.algorithm
            && hash.version == Some(Version::V0x13.into());
        let costs = |it: &Params| [it.m_cost(), it.t_cost(), it.p_cost()];
        let enough = Params::try_from(&hash).is_ok_and(|used| {
            let least = costs(&Params::DEFAULT);
            costs(&used)
                .iter()
                .zip(least)
                .all(|(used, least)| *used >= least)
        });
        !(argon2 && enough)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| PasswordError::Hash)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| PasswordError::Hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_that_was_hashed_is_right() {
        let passwords = Passwords::new().await.expect("hashes");
        let hash = passwords.hash("정답 horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let right = async |password, hash| passwords.verify(password, hash).await.expect("works");
        assert!(right("정답 horse", Some(&hash)).await);
        assert!(!right("정답 horse ", Some(&hash)).await);
        assert!(!right("nobody's password", None).await);
        for none in ["", "not a hash"] {
            assert!(!right("x", Some(none)).await);
            assert!(!right("nobody's password", Some(none)).await);
        }
    }

    #[tokio::test]
    async fn nobody_s_password_costs_as_much_as_anybody_s() {
        let passwords = Passwords::new().await.expect("hashes");
        let hash = passwords.hash("정답 horse").await.expect("hashes");
        // Everything before the salt: what is done and how much of it.
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
    async fn a_hash_with_less_than_today_s_cost_is_outdated() {
        let passwords = Passwords::new().await.expect("hashes");
        let hash = passwords.hash("정답 horse").await.expect("hashes");
        assert!(!Passwords::is_outdated(&hash));
        assert!(!Passwords::is_outdated(&hash.replace("t=2", "t=3")));
        for (now, before) in [
            ("m=19456", "m=12288"),
            ("t=2", "t=1"),
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
        ] {
            assert!(
                Passwords::is_outdated(&hash.replace(now, before)),
                "{before}"
            );
        }
        assert!(
            !Passwords::is_outdated(""),
            "nothing that could be replaced"
        );
    }
}
