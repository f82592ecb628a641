//! Secrets at rest: encrypted columns, keys, and rotation.

mod key;
mod key_file;
mod key_ring;
mod rotate;

pub use key::{KeyId, SecretKey};
pub use key_ring::{KeyFiles, Keys};
pub use rotate::KeyRotation;

pub(super) use key_ring::establish;

use super::{Error, Store};

/// Errors of the key; one line each, with the file's name and never its content.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("cannot read the key file {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("cannot write the key file {path}: {cause}")]
    Write { path: String, cause: std::io::Error },
    #[error(
        "the key file {0} does not hold a key of 32 bytes: as they are, in 64 hexadecimal digits, or in base64"
    )]
    Corrupt(String),
    #[error(
        "the key file {0} is missing, but the database holds secrets that were encrypted with it"
    )]
    Missing(String),
    #[error("the key in {0} is not the one that the database's secrets were encrypted with")]
    Wrong(String),
    #[error("{what} in the row {row} was encrypted with none of the keys; replace it first")]
    Undecipherable { what: &'static str, row: String },
    #[error(transparent)]
    Store(#[from] Error),
}

macro_rules! sealed {
    ($($(#[$doc:meta])* $name:ident = $table:literal, $id:literal, $column:literal, $what:literal;)*) => {
        /// All encrypted columns. A secret is sealed for one of these, and key rotation covers all of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum SecretColumn {
            $($(#[$doc])* $name,)*
        }

        impl SecretColumn {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Names the secret in an error.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)*
                }
            }

            /// Context that a secret is bound to.
            fn place(self, row: &str) -> String {
                match self {
                    $(Self::$name => format!(concat!($table, ":{}:", $column), row),)*
                }
            }

            /// Reads some rows, id and sealed text: after that id, not like that pattern.
            fn select(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "select ", $id, ", ", $column, " from ", $table,
                        " where ", $id, " > $1 and ", $column, " not like $2",
                        " order by ", $id, " limit 100",
                    ),)*
                }
            }

            /// Replaces one sealed text: new text, id, text that it replaces.
            fn update(self) -> &'static str {
                match self {
                    $(Self::$name => concat!(
                        "update ", $table, " set ", $column, " = $1",
                        " where ", $id, " = $2 and ", $column, " = $3",
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

impl Store {
    /// Encrypts a secret for its row.
    pub(super) fn seal(&self, secret: SecretColumn, row: &str, text: &str) -> String {
        self.keys.seal(&secret.place(row), text)
    }

    /// Decrypts a secret of a row.
    ///
    /// # Errors
    /// [`Error::KeyReplaced`] when this portal does not have its key, [`Error::Unreadable`] when
    /// it was not sealed for this row.
    pub(super) fn unseal(
        &self,
        secret: SecretColumn,
        row: &str,
        sealed: &str,
    ) -> Result<String, Error> {
        match self.keys.open(&secret.place(row), sealed) {
            Some(text) => Ok(text),
            None if self.keys.has_key_of(sealed) || KeyId::named_in(sealed).is_none() => {
                Err(Error::Unreadable(secret.description()))
            }
            None => Err(Error::KeyReplaced),
        }
    }

    /// Has this portal a key that `rotate-key` gave the database. Fails when it does not answer.
    pub(super) async fn has_key(&self) -> Result<bool, sqlx::Error> {
        let check: String = sqlx::query_scalar("select value from settings where name = 'key'")
            .fetch_one(&self.pool)
            .await?;
        Ok(self.keys.has_key_of(&check))
    }
}
