//! Insertion of audit rows, in this module only, and verification of their hash chain.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{Action, ChainBreak, ChainLink, Outcome, normalize},
    store::{Error, Store, Tx},
};

use super::AuditRecord;

/// Why the log was not found whole.
#[derive(Debug, thiserror::Error)]
pub enum AuditVerifyError {
    #[error("the audit log was changed: {0}")]
    Broken(#[from] ChainBreak),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<sqlx::Error> for AuditVerifyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The text columns that are hashed, in this order.
const TEXTS: [&str; ChainLink::TEXTS] = [
    "actor_id",
    "actor_name",
    "subject_id",
    "team_id",
    "action",
    "object",
    "outcome",
    "change_request_id",
    "request_id",
    "address",
    "session",
];

impl Store {
    /// Writes a row as the last statement of the transaction that it speaks of.
    ///
    /// Updating the head makes other writers wait, also those of other portals: there is one
    /// chain. No other lock may be taken after it; its holder may be waiting for the head.
    pub(in crate::store) async fn audit_in(
        &self,
        tx: &mut Tx<'_>,
        record: &AuditRecord,
        action: Action,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let object = record.object_of(action);
        let search = search_text(tx, record, &object).await?;
        let head: String = sqlx::query_scalar(
            "update settings set value = value where name = 'audit-head' returning value",
        )
        .fetch_one(&mut **tx)
        .await?;
        let (position, before) = read_head(&head)?;
        let link = ChainLink {
            position: position + 1,
            at: self.now(),
            texts: [
                record.actor.as_ref().map(|id| id.0.as_str()),
                Some(&record.actor_name),
                record.subject.as_ref().map(|id| id.0.as_str()),
                record.team.as_ref().map(|id| id.0.as_str()),
                Some(action.code()),
                Some(&object),
                Some(outcome.code()),
                record.control_request.as_deref(),
                record.request_id.as_deref(),
                record.address.as_deref(),
                record.session.as_deref(),
            ],
        };
        append(tx, &link, before, [search, normalize(&record.actor_name)]).await
    }

    /// Reads the whole log and checks every hash. Returns the number of rows.
    ///
    /// # Errors
    /// When the database cannot be read, and where the chain breaks first.
    pub async fn verify_audit(&self) -> Result<i64, AuditVerifyError> {
        let head = self.audit_head().await?;
        let (end, last) = read_head(&head)?;
        let (mut position, mut before) = (0, String::new());
        while position < end {
            let rows = sqlx::query(
                "select position, at, actor_id, actor_name, subject_id, team_id, action, object, outcome,
                     change_request_id, request_id, address, session, hash
                 from audit where position > $1 and position <= $2 order by position limit 500",
            )
            .bind(position)
            .bind(end)
            .fetch_all(&self.pool)
            .await?;
            if rows.is_empty() {
                return Err(ChainBreak::Removed(position + 1).into());
            }
            for row in &rows {
                let found: i64 = row.try_get("position")?;
                if found != position + 1 {
                    return Err(ChainBreak::Removed(position + 1).into());
                }
                let hash = hash_of(row, &before)?;
                if hash != row.try_get::<&str, _>("hash")? {
                    return Err(ChainBreak::Altered(found).into());
                }
                (position, before) = (found, hash);
            }
        }
        if before != last {
            return Err(ChainBreak::Altered(position).into());
        }
        let behind: Option<i64> =
            sqlx::query_scalar("select min(position) from audit where position > $1")
                .bind(end)
                .fetch_one(&self.pool)
                .await?;
        // The head may have moved on since.
        let head = self.audit_head().await?;
        match behind {
            Some(found) if found > read_head(&head)?.0 => Err(ChainBreak::PutIn(found).into()),
            _ => Ok(end),
        }
    }

    async fn audit_head(&self) -> Result<String, sqlx::Error> {
        sqlx::query_scalar("select value from settings where name = 'audit-head'")
            .fetch_one(&self.pool)
            .await
    }
}

/// The head is `position:hash` of the last row, `0:` before the first.
fn read_head(head: &str) -> Result<(i64, &str), Error> {
    let parts = head.split_once(':');
    let parts = parts.and_then(|(position, hash)| Some((position.parse().ok()?, hash)));
    parts.ok_or(Error::Unreadable("the audit log's head"))
}

/// All that a row is found by, in normal form and a line each: no match spans two texts, and both
/// engines compare alike.
async fn search_text(tx: &mut Tx<'_>, record: &AuditRecord, object: &str) -> Result<String, Error> {
    let mut texts = vec![object.to_owned()];
    for text in [&record.request_id, &record.address, &record.session] {
        texts.extend(text.clone());
    }
    if let Some(request) = &record.control_request {
        let items: Vec<(String, String)> =
            sqlx::query_as("select name, item_id from request_items where request_id = $1")
                .bind(request)
                .fetch_all(&mut **tx)
                .await?;
        texts.extend(items.into_iter().flat_map(|(name, id)| [name, id]));
    }
    let lines: Vec<String> = texts.iter().map(|text| normalize(text)).collect();
    Ok(lines.join("\n"))
}

async fn append(
    tx: &mut Tx<'_>,
    link: &ChainLink<'_>,
    before: &str,
    search: [String; 2],
) -> Result<(), Error> {
    let hash = link.hash(before);
    let mut insert = sqlx::query(
        "insert into audit (position, at, actor_id, actor_name, subject_id, team_id, action, object,
             outcome, change_request_id, request_id, address, session, hash, search, actor_search)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(link.position)
    .bind(link.at);
    for text in link.texts {
        insert = insert.bind(text);
    }
    let [search, actor_search] = search;
    insert
        .bind(&hash)
        .bind(search)
        .bind(actor_search)
        .execute(&mut **tx)
        .await?;
    sqlx::query("update settings set value = $1 where name = 'audit-head'")
        .bind(format!("{}:{hash}", link.position))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The hash that a row should have.
fn hash_of(row: &AnyRow, before: &str) -> Result<String, sqlx::Error> {
    let mut texts = [None; ChainLink::TEXTS];
    for (text, column) in texts.iter_mut().zip(TEXTS) {
        *text = row.try_get(column)?;
    }
    let link = ChainLink {
        position: row.try_get("position")?,
        at: row.try_get("at")?,
        texts,
    };
    Ok(link.hash(before))
}
