//! Passwords: hashed with Argon2id, off the async threads and few at a time.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Hashes and checks passwords. A clone shares the limit on how many at once.
///
/// The parameters are the crate's defaults, which are OWASP's: 19 MiB, two passes, one lane.
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
        if password.len() > 1024 {
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
        if password.len() > 1024 {
            return Ok(false);
        }
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
        assert!(!right("x", Some("not a hash")).await);
    }
}
