//! The keys that a running portal knows, and how it finds the right one when it opens its database.

use std::{
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use sqlx::AnyPool;

use super::{Error, KeyError, KeyId, SecretKey, key_file::KeyFile};

/// What the key is checked by: this text, encrypted with it.
const CHECK: &str = "secmon-portal";
pub(super) const CHECK_PLACE: &str = "facts:key";

/// How many keys are remembered: the present one, and some of before for what was read or shown a
/// moment ago.
const REMEMBERED: usize = 4;

/// The key that secrets are encrypted with, and those of before. When the key is replaced, the new
/// one is looked for in the key file by itself. A clone shares them.
#[derive(Clone)]
pub struct Keys(Arc<Known>);

struct Known {
    file: KeyFile,
    /// The newest first; never empty.
    keys: RwLock<Vec<SecretKey>>,
}

impl Keys {
    fn new(file: KeyFile, key: SecretKey) -> Self {
        let keys = RwLock::new(vec![key]);
        Self(Arc::new(Known { file, keys }))
    }

    /// One key, which is never replaced.
    #[cfg(test)]
    pub(crate) fn only(key: SecretKey) -> Self {
        Self::new(KeyFile::new(Path::new("/nowhere/secret.key")), key)
    }

    /// Encrypts `text` for what does not lie in the database: see [`SecretKey::seal`].
    #[must_use]
    pub fn seal(&self, place: &str, text: &str) -> String {
        let newest = self.all().swap_remove(0);
        newest.seal(place, text)
    }

    /// Decrypts what was sealed for the same place with any of the keys.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        match KeyId::named_in(sealed) {
            Some(id) => self.find(&id)?.open(place, sealed),
            None => self.all().iter().find_map(|key| key.open(place, sealed)),
        }
    }

    /// The key of that id: remembered, or from the files, where it may lie only now.
    pub(super) fn find(&self, id: &KeyId) -> Option<SecretKey> {
        let is_it = |key: &SecretKey| key.id() == id;
        if let Some(key) = self.all().into_iter().find(is_it) {
            return Some(key);
        }
        let file = &self.0.file;
        let read = |found: Result<Option<SecretKey>, KeyError>| found.ok().flatten().filter(is_it);
        // In this order: the next key may take its place between the two.
        let key = read(file.read_new()).or_else(|| read(file.read()))?;
        self.learn(key.clone());
        tracing::info!(key = %id, "the key was replaced; this portal has the new one");
        Some(key)
    }

    /// From now on this is the newest key.
    pub(super) fn learn(&self, key: SecretKey) {
        let mut keys = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|known| known.id() != key.id());
        keys.insert(0, key);
        keys.truncate(REMEMBERED);
    }

    pub(super) fn file(&self) -> &KeyFile {
        &self.0.file
    }

    fn all(&self) -> Vec<SecretKey> {
        let keys = self.0.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.all()).finish()
    }
}

/// What a key can be checked by.
pub(super) fn check_of(key: &SecretKey) -> String {
    key.seal(CHECK_PLACE, CHECK)
}

/// Is this what the check was made with.
pub(super) fn fits(key: &SecretKey, check: &str) -> bool {
    key.open(CHECK_PLACE, check).as_deref() == Some(CHECK)
}

/// Finds the key for this database, or makes it when neither key nor secrets exist.
pub(in crate::store) async fn establish(
    pool: &AnyPool,
    begin: &'static str,
    path: &Path,
) -> Result<Keys, KeyError> {
    // Somebody may replace the key while it is looked for.
    for _ in 0..3 {
        match look(pool, begin, path).await {
            Err(KeyError::Wrong(_) | KeyError::Missing(_)) => {}
            found => return found,
        }
    }
    look(pool, begin, path).await
}

async fn look(pool: &AnyPool, begin: &'static str, path: &Path) -> Result<Keys, KeyError> {
    let file = KeyFile::new(path);
    file.warn_of_readers();
    let Some(check) = read_check(pool).await? else {
        let key = match file.read()? {
            Some(key) => key,
            None => file.make()?,
        };
        return remember(pool, file, key).await;
    };
    let found = file.read();
    if let Ok(Some(key)) = &found
        && fits(key, &check)
    {
        name_key(pool, key, &check).await?;
        return Ok(Keys::new(file, key.clone()));
    }
    if let Ok(Some(key)) = file.read_new()
        && fits(&key, &check)
    {
        // Somebody replaced the key and was ended before the last step.
        if let Err(error) = super::rotate::install(pool, begin, &file, key.id()).await {
            tracing::warn!(%error, "the new key could not take the place of the key file");
        }
        return Ok(Keys::new(file, key));
    }
    Err(match found? {
        Some(_) => file.wrong(KeyId::named_in(&check).as_ref()),
        None => KeyError::Missing(file.shown()),
    })
}

async fn read_check(pool: &AnyPool) -> Result<Option<String>, KeyError> {
    let check = sqlx::query_scalar("select value from facts where name = 'key'")
        .fetch_optional(pool)
        .await;
    Ok(check.map_err(Error::from)?)
}

/// Writes down what the key can be checked by. Another process may do the same at once: the
/// first one counts, and the key must then be that one's.
async fn remember(pool: &AnyPool, file: KeyFile, key: SecretKey) -> Result<Keys, KeyError> {
    sqlx::query("insert into facts (name, value) values ('key', $1) on conflict do nothing")
        .bind(check_of(&key))
        .execute(pool)
        .await
        .map_err(Error::from)?;
    let check = read_check(pool).await?;
    if check.is_some_and(|check| fits(&key, &check)) {
        Ok(Keys::new(file, key))
    } else {
        Err(KeyError::Wrong(file.shown()))
    }
}

/// A database from before keys had ids gets its key's.
async fn name_key(pool: &AnyPool, key: &SecretKey, check: &str) -> Result<(), KeyError> {
    if KeyId::named_in(check).is_some() {
        return Ok(());
    }
    sqlx::query("update facts set value = $1 where name = 'key' and value = $2")
        .bind(check_of(key))
        .bind(check)
        .execute(pool)
        .await
        .map_err(Error::from)?;
    Ok(())
}
