//! Encrypting every secret with the current key, while portals run.

use super::{KeyError, SecretColumn};
use crate::store::{Action, AuditRecord, Error, Store, database::Engine, transaction::retry};

/// Result of a key rotation.
#[derive(Debug)]
pub struct KeyRotation {
    /// Number of re-encrypted secrets.
    pub secrets: u64,
    /// Whether ciphertexts of earlier keys were purged from the database file.
    pub forgotten: bool,
}

/// A secret under an earlier key: its row id, and the sealed text.
type Row = (String, String);

impl Store {
    /// Re-encrypts secrets under earlier keys with the current one, in batches, without blocking portals.
    /// It can be interrupted and resumed at any time.
    ///
    /// # Errors
    /// [`KeyError::Undecipherable`] names the first secret that none of the keys decrypts; what
    /// came before it is under the current key by then.
    pub async fn rotate_key(&self, by: &AuditRecord) -> Result<KeyRotation, KeyError> {
        let mut secrets = 0;
        for &secret in SecretColumn::ALL {
            secrets += self.reseal(secret).await?;
        }
        let record = by.clone().on(&self.keys.current_id().to_string());
        let (check, current) = (self.keys.check(), self.under_current_key());
        retry(|| async {
            let mut tx = self.begin().await?;
            let replaced = sqlx::query(
                "update settings set value = $1 where name = 'key' and value not like $2",
            )
            .bind(&check)
            .bind(&current)
            .execute(&mut *tx)
            .await?;
            let replaced = secrets > 0 || replaced.rows_affected() > 0;
            self.end(tx, replaced, &record, Action::SecretKeyReplaced)
                .await
        })
        .await?;
        Ok(KeyRotation {
            secrets,
            forgotten: self.fold_log().await,
        })
    }

    async fn reseal(&self, secret: SecretColumn) -> Result<u64, KeyError> {
        let (mut count, mut after) = (0, String::new());
        loop {
            let rows = self.under_earlier_keys(secret, &after).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(count);
            };
            after.clone_from(last);
            count += self.reseal_rows(secret, &rows).await?;
        }
    }

    async fn under_earlier_keys(
        &self,
        secret: SecretColumn,
        after: &str,
    ) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_as(secret.select())
            .bind(after)
            .bind(self.under_current_key())
            .fetch_all(&self.pool)
            .await;
        Ok(rows?)
    }

    /// A secret replaced since the read is left alone.
    async fn reseal_rows(&self, secret: SecretColumn, rows: &[Row]) -> Result<u64, KeyError> {
        let mut resealed = Vec::with_capacity(rows.len());
        for (row, sealed) in rows {
            let place = secret.place(row);
            let text = self.keys.open(&place, sealed);
            let text = text.ok_or_else(|| KeyError::Undecipherable {
                what: secret.description(),
                row: row.clone(),
            })?;
            resealed.push((row, sealed, self.keys.seal(&place, &text)));
        }
        let count = retry(|| async {
            let mut tx = self.begin().await?;
            let mut count = 0;
            for (row, sealed, new) in &resealed {
                let replaced = sqlx::query(secret.update())
                    .bind(new)
                    .bind(*row)
                    .bind(*sealed)
                    .execute(&mut *tx)
                    .await?;
                count += replaced.rows_affected();
            }
            tx.commit().await?;
            Ok(count)
        });
        Ok(count.await?)
    }

    /// The pattern of texts that are sealed with the current key.
    fn under_current_key(&self) -> String {
        format!("{}%", self.keys.current_id().mark())
    }

    /// SQLite's log still holds overwritten data. Readers may block the checkpoint for a moment.
    async fn fold_log(&self) -> bool {
        if self.pool.engine != Engine::Sqlite {
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
