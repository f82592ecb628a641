//! Secrets at rest: what is encrypted, with which key, and how the key is replaced.

mod key;
mod key_file;
mod keys;
mod rotate;

pub use key::{KeyId, SecretKey};
pub use keys::Keys;
pub use rotate::Rotated;

pub(super) use keys::establish;

use super::{Change, Error, Store};

/// What is wrong with the key; one line each, naming the file and never its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the key file {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("cannot write the key file {path}: {cause}")]
    Write { path: String, cause: std::io::Error },
    #[error("the key file {0} does not hold a key of 32 bytes")]
    Corrupt(String),
    #[error(
        "the key file {0} is missing, but the database holds secrets that were encrypted with it"
    )]
    Missing(String),
    #[error("the key in {0} is not the one that the database's secrets were encrypted with")]
    Wrong(String),
    #[error(
        "the key in {0} is not the one that the database's secrets were encrypted with: that one is in {1}"
    )]
    WrongButOld(String, String),
    #[error("the key file {0} holds the key that is in use already")]
    Same(String),
    #[error("nothing was changed: {what} in the row {row} cannot be decrypted; replace it first")]
    Undecipherable { what: &'static str, row: String },
    #[error(transparent)]
    Store(#[from] Error),
}

macro_rules! sealed {
    ($($(#[$doc:meta])* $name:ident = $table:literal, $id:literal, $column:literal, $what:literal;)*) => {
        /// Everything in the database that is encrypted. A secret can be sealed only as one of
        /// these, and a new key is given to all of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Sealed {
            $($(#[$doc])* $name,)*
        }

        impl Sealed {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// In the words of an error.
            pub fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)*
                }
            }

            /// What a secret is bound to.
            fn place(self, row: &str) -> String {
                match self {
                    $(Self::$name => format!(concat!($table, ":{}:", $column), row),)*
                }
            }

            /// Reads the rows: id and sealed text.
            fn select(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "select ", $id, ", ", $column, " from ", $table,
                        " where ", $column, " is not null order by ", $id,
                    ),)*
                }
            }

            /// Replaces one sealed text: text, id.
            fn update(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "update ", $table, " set ", $column, " = $1 where ", $id, " = $2",
                    ),)*
                }
            }
        }
    };
}

sealed! {
    TeamAppKey = "teams", "id", "app_key", "the team's appKey";
    TeamToken = "teams", "id", "token", "the team's token credentials";
    SecondFactor = "second_factors", "user_id", "secret", "the secret of the second factor";
    SecondFactorOffer = "second_factor_offers", "session", "secret", "the secret of the offered second factor";
    IdToken = "id_tokens", "holder", "id_token", "the ID token of a session";
}

/// Seals secrets in a change: with the key that counts there, which cannot be replaced before the
/// change has ended.
pub(super) struct Sealer(SecretKey);

impl Sealer {
    /// Encrypts a secret for its row.
    pub fn seal(&self, secret: Sealed, row: &str, text: &str) -> String {
        self.0.seal(&secret.place(row), text)
    }
}

/// Reads what is sealed; again when the key was replaced meanwhile, more than once even, so that what was read is of a key
/// that is nowhere any more.
///
/// # Errors
/// [`Error::KeyReplaced`] when it stays so: then this portal has not got the key.
pub(super) async fn overtaken<T, F>(mut read: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    for _ in 0..2 {
        match read().await {
            Err(Error::KeyReplaced) => {}
            done => return done,
        }
    }
    read().await
}

impl Store {
    /// What secrets of this change are to be sealed with; ask before anything is audited.
    ///
    /// # Errors
    /// [`Error::KeyReplaced`]: a portal with a key of before must write nothing with it.
    pub(super) async fn sealer(&self, change: &mut Change<'_>) -> Result<Sealer, Error> {
        let check = rotate::lock(change).await?;
        let key = KeyId::named_in(&check).and_then(|id| self.keys.find(&id));
        let key = key.filter(|key| keys::fits(key, &check));
        key.map(Sealer).ok_or(Error::KeyReplaced)
    }

    /// Decrypts a secret of a row.
    ///
    /// # Errors
    /// [`Error::KeyReplaced`] when this portal has not got the key yet, [`Error::Unreadable`] when
    /// it was not sealed for this row.
    pub(super) fn unseal(&self, secret: Sealed, row: &str, sealed: &str) -> Result<String, Error> {
        let id = KeyId::named_in(sealed);
        if id.is_some_and(|id| self.keys.find(&id).is_none()) {
            return Err(Error::KeyReplaced);
        }
        let text = self.keys.open(&secret.place(row), sealed);
        text.ok_or(Error::Unreadable(secret.what()))
    }

    /// Has this portal the key that the database's secrets are encrypted with. `None` when the
    /// database does not answer.
    pub(super) async fn has_key(&self) -> Result<bool, sqlx::Error> {
        let check: String = sqlx::query_scalar("select value from facts where name = 'key'")
            .fetch_one(&self.pool)
            .await?;
        Ok(KeyId::named_in(&check).is_some_and(|id| self.keys.find(&id).is_some()))
    }
}
