//! The chain that the rows of the audit log make: each holds a hash of itself and the one before.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::normalize,
    store::{Error, Store, Tx},
};

use super::{Action, AuditRecord, Outcome};

/// Where the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("row {0} was altered or put in: its hash does not follow from it and the row before")]
    Altered(i64),
    #[error("row {0} was removed")]
    Removed(i64),
    #[error("row {0} was put in: the log had ended before it")]
    PutIn(i64),
}

/// The columns of a row that hold texts, in the order in which a hash is made over them.
const TEXTS: [&str; 11] = [
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

/// What a hash is made over, in this order.
struct Link<'a> {
    position: i64,
    at: i64,
    texts: [Option<&'a str>; TEXTS.len()],
}

impl Link<'_> {
    /// Every part is written with its length, so that no two rows are written alike.
    fn hash(&self, before: &str) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: Option<&str>| match text {
            Some(text) => {
                hash.update(text.len().to_be_bytes());
                hash.update(text);
            }
            None => hash.update(u64::MAX.to_be_bytes()),
        };
        part(Some(before));
        part(Some(&self.position.to_string()));
        part(Some(&self.at.to_string()));
        self.texts.into_iter().for_each(part);
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

impl Store {
    /// Writes a row together with the change that it speaks of, as the last thing of its transaction.
    ///
    /// Touching the head makes other writers wait, on this portal or another one, so that all of
    /// them keep one chain. Who holds it must ask for no other lock: somebody may hold that one and
    /// wait for the head.
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
        let link = Link {
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
        let hash = link.hash(before);
        append(tx, &link, &hash, [&search, &normalize(&record.actor_name)]).await
    }

    /// Reads the whole log and checks every hash. The number of rows, or where it breaks first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn verify_audit(&self) -> Result<Result<i64, ChainBreak>, Error> {
        let head: String =
            sqlx::query_scalar("select value from settings where name = 'audit-head'")
                .fetch_one(&self.pool)
                .await?;
        let (end, last) = read_head(&head)?;
        let (mut position, mut before) = (0, String::new());
        while position < end {
            // What is added meanwhile stands behind the head that was read.
            let rows = sqlx::query(
                "select position, at, actor_id, actor_name, subject_id, team_id, action, object, outcome,
                     change_request_id, request_id, address, session, hash
                 from audit where position > $1 order by position limit 500",
            )
            .bind(position)
            .fetch_all(&self.pool)
            .await?;
            for row in &rows {
                let found: i64 = row.try_get("position")?;
                if position == end {
                    break;
                }
                if found != position + 1 {
                    return Ok(Err(ChainBreak::Removed(position + 1)));
                }
                let hash = hash_of(row, &before)?;
                if hash != row.try_get::<String, _>("hash")? {
                    return Ok(Err(ChainBreak::Altered(found)));
                }
                (position, before) = (found, hash);
            }
            if rows.is_empty() {
                break;
            }
        }
        if position < end {
            return Ok(Err(ChainBreak::Removed(position + 1)));
        }
        if before != last {
            return Ok(Err(ChainBreak::Altered(position)));
        }
        self.look_behind(end).await
    }

    /// A row behind the head was put in, unless the head has moved on since it was read.
    async fn look_behind(&self, end: i64) -> Result<Result<i64, ChainBreak>, Error> {
        let behind: Option<i64> =
            sqlx::query_scalar("select min(position) from audit where position > $1")
                .bind(end)
                .fetch_one(&self.pool)
                .await?;
        let head: String =
            sqlx::query_scalar("select value from settings where name = 'audit-head'")
                .fetch_one(&self.pool)
                .await?;
        let (now, _) = read_head(&head)?;
        Ok(match behind {
            Some(found) if found > now => Err(ChainBreak::PutIn(found)),
            _ => Ok(end),
        })
    }
}

/// The head is `position:hash` of the last row, `0:` before the first.
fn read_head(head: &str) -> Result<(i64, &str), Error> {
    let broken = Error::Unreadable("the audit log's head");
    let Some((position, hash)) = head.split_once(':') else {
        return Err(broken);
    };
    match position.parse() {
        Ok(position) => Ok((position, hash)),
        Err(_) => Err(broken),
    }
}

/// Everything that a row is found by, in normal form and a line each, so that no match goes from
/// one text to the next. Both engines compare it alike.
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
    link: &Link<'_>,
    hash: &str,
    found_by: [&str; 2],
) -> Result<(), Error> {
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
    let [search, actor_search] = found_by;
    insert
        .bind(hash)
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
fn hash_of(row: &AnyRow, before: &str) -> Result<String, Error> {
    let mut texts: [Option<String>; TEXTS.len()] = Default::default();
    for (text, column) in texts.iter_mut().zip(TEXTS) {
        *text = row.try_get(column)?;
    }
    let link = Link {
        position: row.try_get("position")?,
        at: row.try_get("at")?,
        texts: texts.each_ref().map(Option::as_deref),
    };
    Ok(link.hash(before))
}
