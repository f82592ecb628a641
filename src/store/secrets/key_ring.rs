//! The keys of a portal: one encrypts, it and the earlier ones decrypt.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Error, KeyError, KeyId, SecretKey, key_file};
use crate::store::database::Pool;

/// Known plaintext that verifies the key.
const CHECK: &str = "secmon-portal";
const CHECK_PLACE: &str = "facts:key";

/// Where the keys lie.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// The encrypting key's file; created on the first start.
    pub current: PathBuf,
    /// Hold earlier keys, which still decrypt.
    pub old: Vec<PathBuf>,
}

impl From<&Path> for KeyFiles {
    fn from(current: &Path) -> Self {
        Self {
            current: current.to_owned(),
            old: Vec::new(),
        }
    }
}

/// A key ring. A clone shares the keys.
#[derive(Debug, Clone)]
pub struct Keys {
    current: SecretKey,
    old: Arc<[SecretKey]>,
}

impl Keys {
    #[cfg(test)]
    pub(crate) fn only(current: SecretKey) -> Self {
        let old = Arc::default();
        Self { current, old }
    }

    /// Encrypts `text` for use outside the database: see [`SecretKey::seal`].
    #[must_use]
    pub fn seal(&self, place: &str, text: &str) -> String {
        self.current.seal(place, text)
    }

    /// Decrypts a text sealed for the same place with any of the keys.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        self.find(&KeyId::named_in(sealed)?)?.open(place, sealed)
    }

    /// The id of the key that encrypts.
    #[must_use]
    pub fn current_id(&self) -> &KeyId {
        self.current.id()
    }

    /// Whether this ring holds the key that a text was sealed with.
    pub(super) fn has_key_of(&self, sealed: &str) -> bool {
        KeyId::named_in(sealed).is_some_and(|id| self.find(&id).is_some())
    }

    /// The check value of the current key.
    pub(super) fn check(&self) -> String {
        self.seal(CHECK_PLACE, CHECK)
    }

    fn find(&self, id: &KeyId) -> Option<&SecretKey> {
        let mut keys = std::iter::once(&self.current).chain(self.old.iter());
        keys.find(|key| key.id() == id)
    }

    fn fits(&self, check: &str) -> bool {
        self.open(CHECK_PLACE, check).as_deref() == Some(CHECK)
    }
}

/// Reads the keys for this database, or creates the first one when neither key nor secrets exist.
pub(in crate::store) async fn establish(pool: &Pool, files: &KeyFiles) -> Result<Keys, KeyError> {
    let old: Result<Arc<[SecretKey]>, KeyError> = files
        .old
        .iter()
        .map(|file| key_file::read_old(file))
        .collect();
    let old = old?;
    let shown = || files.current.display().to_string();
    let known = read_check(pool).await?;
    let current = match key_file::read(&files.current)? {
        Some(current) => current,
        None if known.is_some() => return Err(KeyError::Missing(shown())),
        None => key_file::make(&files.current)?,
    };
    let keys = Keys { current, old };
    let check = match known {
        Some(check) => check,
        None => write_check(pool, &keys).await?,
    };
    if keys.fits(&check) {
        Ok(keys)
    } else {
        Err(KeyError::Wrong(shown()))
    }
}

async fn read_check(pool: &Pool) -> Result<Option<String>, Error> {
    let check = sqlx::query_scalar("select value from settings where name = 'key'")
        .fetch_optional(pool)
        .await;
    Ok(check?)
}

/// Stores the check value of the key. Of concurrent processes the first one wins.
async fn write_check(pool: &Pool, keys: &Keys) -> Result<String, Error> {
    sqlx::query("insert into settings (name, value) values ('key', $1) on conflict do nothing")
        .bind(keys.check())
        .execute(pool)
        .await?;
    let check = sqlx::query_scalar("select value from settings where name = 'key'")
        .fetch_one(pool)
        .await;
    Ok(check?)
}
