//! The key that encrypts secrets at rest, and the file it lies in.

use std::{fmt, io::Write as _, path::Path, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use sqlx::AnyPool;

use super::Error;

/// XChaCha20-Poly1305: its nonce is long enough to be drawn at random for every text.
#[derive(Clone)]
pub struct SecretKey(Arc<XChaCha20Poly1305>);

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
    #[error(transparent)]
    Store(#[from] Error),
}

/// What the key is checked by: this text, encrypted with it when it was new.
const CHECK: &str = "secmon-portal";

impl SecretKey {
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(XChaCha20Poly1305::new(bytes.into())))
    }

    /// Encrypts `text` for one place: what `place` names is needed to decrypt it, so that it
    /// cannot be moved. The result is base64 of nonce and ciphertext.
    ///
    /// # Panics
    /// When the system gives no random numbers.
    #[must_use]
    pub fn seal(&self, place: &str, text: &str) -> String {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).expect("the system has random numbers");
        let nonce = XNonce::from(nonce);
        let payload = Payload {
            msg: text.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self
            .0
            .encrypt(&nonce, payload)
            .expect("texts are far below the cipher's limit");
        STANDARD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what was sealed for the same place, or `None` for anything else.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, msg) = bytes.split_at_checked(24)?;
        let payload = Payload {
            msg,
            aad: place.as_bytes(),
        };
        let nonce = XNonce::try_from(nonce).ok()?;
        let text = self.0.decrypt(&nonce, payload).ok()?;
        String::from_utf8(text).ok()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// Finds the key for this database, or makes it when neither key nor secrets exist.
pub(super) async fn establish(pool: &AnyPool, path: &Path) -> Result<SecretKey, KeyError> {
    let shown = path.display().to_string();
    let check: Option<String> = sqlx::query_scalar("select value from facts where name = 'key'")
        .fetch_optional(pool)
        .await
        .map_err(Error::from)?;
    let key = match read(path, &shown)? {
        Some(key) => key,
        None if check.is_some() => return Err(KeyError::Missing(shown)),
        None => make(path, &shown)?,
    };
    match check {
        Some(check) if key.open("facts:key", &check).as_deref() == Some(CHECK) => Ok(key),
        Some(_) => Err(KeyError::Wrong(shown)),
        None => remember(pool, key, shown).await,
    }
}

/// Writes down what the key can be checked by. Another process may do the same at once: the
/// first one counts, and the key must then be that one's.
async fn remember(pool: &AnyPool, key: SecretKey, shown: String) -> Result<SecretKey, KeyError> {
    sqlx::query("insert into facts (name, value) values ('key', $1) on conflict do nothing")
        .bind(key.seal("facts:key", CHECK))
        .execute(pool)
        .await
        .map_err(Error::from)?;
    let check: String = sqlx::query_scalar("select value from facts where name = 'key'")
        .fetch_one(pool)
        .await
        .map_err(Error::from)?;
    if key.open("facts:key", &check).as_deref() == Some(CHECK) {
        Ok(key)
    } else {
        Err(KeyError::Wrong(shown))
    }
}

fn read(path: &Path, shown: &str) -> Result<Option<SecretKey>, KeyError> {
    match std::fs::read(path) {
        Ok(content) => parse(&content)
            .map(Some)
            .ok_or_else(|| KeyError::Corrupt(shown.to_owned())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(KeyError::Read {
            path: shown.to_owned(),
            cause,
        }),
    }
}

/// 32 bytes as they are, or as a line of base64 or hexadecimal digits, for keys that come from
/// elsewhere.
fn parse(content: &[u8]) -> Option<SecretKey> {
    if let Ok(bytes) = <&[u8; 32]>::try_from(content) {
        return Some(SecretKey::new(bytes));
    }
    let line = std::str::from_utf8(content).ok()?.trim();
    let bytes = if line.len() == 64 {
        (0..64)
            .step_by(2)
            .map(|i| {
                line.get(i..i + 2)
                    .and_then(|pair| u8::from_str_radix(pair, 16).ok())
            })
            .collect::<Option<Vec<u8>>>()?
    } else {
        STANDARD.decode(line).ok()?
    };
    <&[u8; 32]>::try_from(bytes.as_slice())
        .ok()
        .map(SecretKey::new)
}

/// Makes a key. It appears under its name whole or not at all, and never over another one.
fn make(path: &Path, shown: &str) -> Result<SecretKey, KeyError> {
    let failed = |cause: std::io::Error| KeyError::Write {
        path: shown.to_owned(),
        cause,
    };
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|cause| failed(std::io::Error::other(cause)))?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    // Temporary files are made with mode 0600.
    let mut file =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed)?;
    file.write_all(&bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(SecretKey::new(&bytes)),
        // Another process was quicker: its key is the key.
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
            read(path, shown)?.ok_or_else(|| KeyError::Missing(shown.to_owned()))
        }
        Err(error) => Err(failed(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let key = SecretKey::new(&[7; 32]);
        let sealed = key.seal("teams:1:app_key", "the-key");
        assert_ne!(sealed, key.seal("teams:1:app_key", "the-key"));
        assert_eq!(
            key.open("teams:1:app_key", &sealed).as_deref(),
            Some("the-key")
        );
        assert_eq!(key.open("teams:2:app_key", &sealed), None);
        assert_eq!(
            SecretKey::new(&[8; 32]).open("teams:1:app_key", &sealed),
            None
        );
        for garbage in ["", "x", "AAAA", &sealed[..sealed.len() - 4]] {
            assert_eq!(key.open("teams:1:app_key", garbage), None);
        }
    }

    #[test]
    fn a_key_may_be_bytes_or_a_line_of_text() {
        assert!(parse(&[0; 32]).is_some());
        assert!(parse(format!("{}\n", "0f".repeat(32)).as_bytes()).is_some());
        assert!(parse(STANDARD.encode([1; 32]).as_bytes()).is_some());
        for bad in [
            &b""[..],
            b"short",
            &[0; 31],
            &[0; 33],
            "가".repeat(22).as_bytes(),
        ] {
            assert!(parse(bad).is_none());
        }
    }
}
