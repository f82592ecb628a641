//! Forms that were sent when the session had ended, until their user has signed in again.
//!
//! Who sends them is not signed in, so that what is kept is bounded in every direction.

use sqlx::Row as _;

use crate::model::{KoreanTime, UserId};

use super::{
    Change, Error, Store,
    link_token::{self, hash},
    new_id, storable,
};

/// How long a form waits, in milliseconds.
const LIFE: i64 = 60 * 60 * 1000;

/// How large a kept form may be, in bytes: the largest of ours, with a thousand servers, takes 150 KB.
pub const LARGEST_KEPT: usize = 256 * 1024;

/// Of one user, or of one browser whose user is not known: the oldest one goes. Of one address, and
/// of all of them: the oldest one goes of the browser, or the address, that has most.
const MOST_OF_ONE: i64 = 10;
const MOST_OF_ADDRESS: i64 = 50;
const MOST_OF_STRANGERS: i64 = 200;

/// A form as it was sent, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptForm {
    /// Where it was sent to: path and query.
    pub address: String,
    /// The page that it stood on, if the browser told.
    pub referrer: Option<String>,
    /// It carried a one-time token: where it is sent without one, it is shown again.
    pub has_token: bool,
    pub fields: Vec<(String, String)>,
}

/// Whose form is kept.
#[derive(Debug)]
pub struct Sender {
    /// Whose session had ended, if that is known.
    pub user: Option<UserId>,
    /// The address that it came from.
    pub client: String,
    /// What the browser's cookie says that has a form waiting already.
    pub browser: Option<String>,
}

impl Store {
    /// Keeps a form. Answers its id, and what the browser has to show for it.
    pub async fn keep_form(&self, form: &KeptForm, by: &Sender) -> Result<(String, String), Error> {
        let (id, now) = (new_id(), self.now());
        let browser = match &by.browser {
            Some(browser) => browser.clone(),
            None => link_token::new(),
        };
        let fields = serde_json::to_string(&form.fields)
            .map_err(|_| Error::Unreadable("a form that was sent"))?;
        let mut change = self.begin().await?;
        sqlx::query(
            "insert into kept_forms
             (id, browser_hash, user_id, client, address, referrer, has_token, fields, kept_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&id)
        .bind(hash(&browser))
        .bind(by.user.as_ref().map(|user| user.0.as_str()))
        .bind(&by.client)
        .bind(storable(&form.address))
        .bind(form.referrer.as_deref().map(storable))
        .bind(i64::from(form.has_token))
        .bind(storable(&fields))
        .bind(now)
        .execute(&mut *change)
        .await?;
        forget_surplus_in(&mut change, by, &hash(&browser)).await?;
        change.commit().await?;
        Ok((id, browser))
    }

    /// The form that was kept for that browser, if it is that user's. One of nobody known becomes
    /// the one of who asks first after signing in there since: to who was signed in before, somebody
    /// else has given it.
    pub async fn kept_form(
        &self,
        id: &str,
        browser: &str,
        (user, signed_in): (&UserId, KoreanTime),
    ) -> Result<Option<KeptForm>, Error> {
        // A session says when it began to the second.
        let signed_in = signed_in.to_utc().timestamp_millis() + 999;
        let mut change = self.begin().await?;
        sqlx::query(
            "update kept_forms set user_id = $1
             where id = $2 and browser_hash = $3 and user_id is null and kept_at <= $4",
        )
        .bind(&user.0)
        .bind(id)
        .bind(hash(browser))
        .bind(signed_in)
        .execute(&mut *change)
        .await?;
        let row = sqlx::query(
            "select address, referrer, has_token, fields from kept_forms
             where id = $1 and browser_hash = $2 and user_id = $3 and kept_at > $4",
        )
        .bind(id)
        .bind(hash(browser))
        .bind(&user.0)
        .bind(self.now() - LIFE)
        .fetch_optional(&mut *change)
        .await?;
        change.commit().await?;
        let Some(row) = row else { return Ok(None) };
        let fields: String = row.try_get("fields")?;
        Ok(Some(KeptForm {
            address: row.try_get("address")?,
            referrer: row.try_get("referrer")?,
            has_token: row.try_get::<i64, _>("has_token")? != 0,
            fields: serde_json::from_str(&fields)
                .map_err(|_| Error::Unreadable("a form that was sent"))?,
        }))
    }
}

/// Makes room after one more was kept. Their ids sort by time.
async fn forget_surplus_in(
    change: &mut Change<'_>,
    by: &Sender,
    browser_hash: &str,
) -> Result<(), Error> {
    if let Some(user) = &by.user {
        sqlx::query(
            "delete from kept_forms where user_id = $1 and id not in
             (select id from kept_forms where user_id = $1 order by id desc limit $2)",
        )
        .bind(&user.0)
        .bind(MOST_OF_ONE)
        .execute(&mut **change)
        .await?;
        return Ok(());
    }
    sqlx::query(
        "delete from kept_forms where user_id is null and browser_hash = $1 and id not in
         (select id from kept_forms where user_id is null and browser_hash = $1
          order by id desc limit $2)",
    )
    .bind(browser_hash)
    .bind(MOST_OF_ONE)
    .execute(&mut **change)
    .await?;
    sqlx::query(
        "delete from kept_forms where id in
         (select id from kept_forms as one where user_id is null and client = $1
          order by (select count(*) from kept_forms as other
                    where other.user_id is null and other.client = $1
                        and other.browser_hash = one.browser_hash) desc, id limit 1)
         and (select count(*) from kept_forms where user_id is null and client = $1) > $2",
    )
    .bind(&by.client)
    .bind(MOST_OF_ADDRESS)
    .execute(&mut **change)
    .await?;
    sqlx::query(
        "delete from kept_forms where id in
         (select id from kept_forms as one where user_id is null
          order by (select count(*) from kept_forms as other
                    where other.user_id is null and other.client = one.client) desc, id limit 1)
         and (select count(*) from kept_forms where user_id is null) > $1",
    )
    .bind(MOST_OF_STRANGERS)
    .execute(&mut **change)
    .await?;
    Ok(())
}

/// Forgets forms that nobody came back for.
pub(super) async fn forget_forms_in(change: &mut Change<'_>, now: i64) -> Result<(), Error> {
    sqlx::query("delete from kept_forms where kept_at <= $1")
        .bind(now - LIFE)
        .execute(&mut **change)
        .await?;
    Ok(())
}
