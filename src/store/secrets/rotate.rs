//! Replacing the key while portals run.
//!
//! Whoever seals a secret, and whoever replaces the key or its file, first locks the row of the
//! database by which the key is checked; so a portal never writes with a key of before, and of two
//! who replace the key the second waits. The new key is on the disk before anything is encrypted
//! with it, and after the commit its file only takes another name: who is ended between the two
//! leaves `secret.key.new`, which every portal reads, and the next start ends the work.

use std::path::{Path, PathBuf};

use sqlx::{AnyPool, Row as _};

use super::{
    KeyError, KeyId, Sealed, SecretKey,
    key_file::KeyFile,
    keys::{check_of, fits},
};
use crate::store::{Action, AuditRecord, Change, Error, Outcome, Store};

/// What came of it.
#[derive(Debug)]
pub struct Rotated {
    /// How many secrets were encrypted anew.
    pub secrets: u64,
    /// Where the new key lies.
    pub key_file: PathBuf,
    /// Where the key of before lies: copies of the database made until now need it.
    pub old: Option<PathBuf>,
    /// Could the database be made to forget what was encrypted with the key of before.
    pub forgotten: bool,
}

impl Store {
    /// Makes a new key, or takes the one in `given` (made if the file is missing), encrypts every
    /// secret with it, and puts it in the place of the key file. One that was given is left where
    /// it is: whoever gave it puts it in place.
    ///
    /// # Errors
    /// [`KeyError`]; the key is then as it was, unless only the last step failed, which the next
    /// start does.
    pub async fn rotate_key(
        &self,
        given: Option<&Path>,
        by: &AuditRecord,
    ) -> Result<Rotated, KeyError> {
        let file = self.keys.file();
        let mut change = self.begin().await?;
        let prepared = match self.prepare(&mut change, given).await {
            Ok(prepared) => prepared,
            Err(refused) => {
                change.rollback().await.map_err(Error::from)?;
                return Err(refused);
            }
        };
        let (present, new) = prepared;
        let secrets = match self.replace(&mut change, &present, &new, by).await {
            Ok(secrets) => secrets,
            Err(refused) => {
                if given.is_none() {
                    file.give_up(present.id());
                }
                change.rollback().await.map_err(Error::from)?;
                return Err(refused);
            }
        };
        // When the answer to this is lost, the files fit both ways.
        change.commit().await.map_err(Error::from)?;
        self.keys.learn(new.clone());
        if given.is_none() {
            install(&self.pool, self.begin, file, new.id()).await?;
        }
        Ok(Rotated {
            secrets,
            key_file: given.map_or_else(|| file.shown().into(), Path::to_owned),
            old: given.is_none().then(|| file.old(present.id())),
            forgotten: self.fold_log().await,
        })
    }

    /// The present key, and the new one: on the disk before anything needs it.
    async fn prepare(
        &self,
        change: &mut Change<'_>,
        given: Option<&Path>,
    ) -> Result<(SecretKey, SecretKey), KeyError> {
        let check = lock(change).await?;
        let present = KeyId::named_in(&check).and_then(|id| self.keys.find(&id));
        let present = present.filter(|key| fits(key, &check));
        let present = present.ok_or(KeyError::Store(Error::KeyReplaced))?;
        let new = match given {
            None => self.keys.file().prepare(&present)?,
            Some(path) => {
                let given = KeyFile::new(path);
                match given.read()? {
                    Some(key) => key,
                    None => given.make()?,
                }
            }
        };
        if new.id() == present.id() {
            let shown =
                given.map_or_else(|| self.keys.file().shown(), |it| it.display().to_string());
            return Err(KeyError::Same(shown));
        }
        Ok((present, new))
    }

    /// Encrypts every secret with the new key, and says which one counts from now on.
    async fn replace(
        &self,
        change: &mut Change<'_>,
        present: &SecretKey,
        new: &SecretKey,
        by: &AuditRecord,
    ) -> Result<u64, KeyError> {
        let mut count = 0;
        for &secret in Sealed::ALL {
            count += reseal(change, secret, present, new).await?;
        }
        sqlx::query("update facts set value = $1 where name = 'key'")
            .bind(check_of(new))
            .execute(&mut **change)
            .await
            .map_err(Error::from)?;
        let record = by.clone().on(&new.id().to_string());
        self.audit_in(change, &record, Action::SecretKeyReplaced, Outcome::Done)
            .await?;
        Ok(count)
    }

    /// SQLite's log still holds what was overwritten. Readers may be in the way for a moment.
    async fn fold_log(&self) -> bool {
        if !self.is_sqlite() {
            return true;
        }
        for _ in 0..40 {
            let folded = sqlx::query_scalar::<_, i64>("pragma wal_checkpoint(truncate)")
                .fetch_one(&self.pool)
                .await;
            match folded {
                Ok(0) => return true,
                Ok(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                Err(_) => return false,
            }
        }
        false
    }
}

/// Waits until nobody else seals or replaces the key, and keeps them waiting until the change has
/// ended: what the key is checked by.
pub(super) async fn lock(change: &mut Change<'_>) -> Result<String, Error> {
    let check =
        sqlx::query_scalar("update facts set value = value where name = 'key' returning value")
            .fetch_one(&mut **change)
            .await;
    Ok(check?)
}

async fn reseal(
    change: &mut Change<'_>,
    secret: Sealed,
    present: &SecretKey,
    new: &SecretKey,
) -> Result<u64, KeyError> {
    let rows = sqlx::query(secret.select())
        .fetch_all(&mut **change)
        .await
        .map_err(Error::from)?;
    let mut count = 0;
    for row in rows {
        let id: String = row.try_get(0).map_err(Error::from)?;
        let sealed: String = row.try_get(1).map_err(Error::from)?;
        let place = secret.place(&id);
        let Some(text) = present.open(&place, &sealed) else {
            let what = secret.what();
            return Err(KeyError::Undecipherable { what, row: id });
        };
        sqlx::query(secret.update())
            .bind(new.seal(&place, &text))
            .bind(&id)
            .execute(&mut **change)
            .await
            .map_err(Error::from)?;
        count += 1;
    }
    Ok(count)
}

/// Gives the new key the name of the key file, if it still is the one that counts.
pub(super) async fn install(
    pool: &AnyPool,
    begin: &'static str,
    file: &KeyFile,
    id: &KeyId,
) -> Result<(), KeyError> {
    let mut change = pool.begin_with(begin).await.map_err(Error::from)?;
    let installed = match lock(&mut change).await {
        Ok(check) if KeyId::named_in(&check).as_ref() == Some(id) => file.install(id),
        // Somebody replaced the key once more, and put that one in place.
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    };
    change.rollback().await.map_err(Error::from)?;
    installed
}
