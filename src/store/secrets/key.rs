//! The key that encrypts secrets at rest.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use sha2::{Digest as _, Sha256};

/// XChaCha20-Poly1305: its nonce is long enough to be drawn at random for every text.
#[derive(Clone)]
pub struct SecretKey {
    cipher: Arc<XChaCha20Poly1305>,
    id: KeyId,
}

/// Names a key and tells nothing of it: a part of a hash of 32 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

/// What every sealed text begins with; the key's id and a full stop follow.
const MARK: &str = "sealed-";

impl KeyId {
    fn of(bytes: &[u8; 32]) -> Self {
        let hash = Sha256::new()
            .chain_update("secmon-portal key id:")
            .chain_update(bytes)
            .finalize();
        let start: [u8; 8] = std::array::from_fn(|i| hash[i]);
        Self(format!("{:016x}", u64::from_be_bytes(start)))
    }

    /// The key that a text was sealed with, as it says; what was sealed before keys had ids does
    /// not say it.
    #[must_use]
    pub fn named_in(sealed: &str) -> Option<Self> {
        let (mark, _) = sealed.split_once('.')?;
        let id = mark.strip_prefix(MARK)?;
        // It becomes part of a file's name.
        let is_one = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(id.to_owned()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SecretKey {
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self {
            cipher: Arc::new(XChaCha20Poly1305::new(bytes.into())),
            id: KeyId::of(bytes),
        }
    }

    /// 32 bytes as they are, or as a line of base64 or hexadecimal digits, for keys that come from
    /// elsewhere.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        if let Ok(bytes) = <&[u8; 32]>::try_from(content) {
            return Some(Self::new(bytes));
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
        <&[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self::new)
    }

    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Encrypts `text` for one place: what `place` names is needed to decrypt it, so that it
    /// cannot be moved. The result names the key, and is base64 of nonce and ciphertext.
    ///
    /// # Panics
    /// When the system gives no random numbers.
    #[must_use]
    pub fn seal(&self, place: &str, text: &str) -> String {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).expect("the system has random numbers");
        let nonce = XNonce::from(nonce);
        let mark = self.mark();
        let place = format!("{mark}{place}");
        let payload = Payload {
            msg: text.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = self
            .cipher
            .encrypt(&nonce, payload)
            .expect("texts are far below the cipher's limit");
        mark + &STANDARD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what was sealed for the same place, or `None` for anything else.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let mark = self.mark();
        let (place, body) = match sealed.strip_prefix(&mark) {
            Some(body) => (format!("{mark}{place}"), body),
            None => (place.to_owned(), sealed),
        };
        let bytes = STANDARD.decode(body).ok()?;
        let (nonce, msg) = bytes.split_at_checked(24)?;
        let payload = Payload {
            msg,
            aad: place.as_bytes(),
        };
        let nonce = XNonce::try_from(nonce).ok()?;
        let text = self.cipher.decrypt(&nonce, payload).ok()?;
        String::from_utf8(text).ok()
    }

    fn mark(&self) -> String {
        format!("{MARK}{}.", self.id)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({}, …)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "teams:1:app_key";

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let key = SecretKey::new(&[7; 32]);
        let sealed = key.seal(PLACE, "the-key");
        assert_ne!(sealed, key.seal(PLACE, "the-key"));
        assert_eq!(key.open(PLACE, &sealed).as_deref(), Some("the-key"));
        assert_eq!(key.open("teams:2:app_key", &sealed), None);
        assert_eq!(SecretKey::new(&[8; 32]).open(PLACE, &sealed), None);
        for garbage in ["", "x", "AAAA", &sealed[..sealed.len() - 4]] {
            assert_eq!(key.open(PLACE, garbage), None);
        }
    }

    #[test]
    fn a_sealed_text_names_its_key_and_nothing_can_be_taken_off_it() {
        let key = SecretKey::new(&[7; 32]);
        let sealed = key.seal(PLACE, "the-key");
        assert_eq!(KeyId::named_in(&sealed).as_ref(), Some(key.id()));
        assert_ne!(SecretKey::new(&[8; 32]).id(), key.id());
        let (_, body) = sealed.split_once('.').expect("has a mark");
        assert_eq!(key.open(PLACE, body), None);
        assert_eq!(KeyId::named_in(body), None);
    }

    #[test]
    fn what_was_sealed_before_keys_had_ids_still_opens() {
        let key = SecretKey::new(&[7; 32]);
        let sealed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let nonce = XNonce::from([0; 24]);
        let payload = Payload {
            msg: b"the-key".as_slice(),
            aad: PLACE.as_bytes(),
        };
        let text = key.cipher.encrypt(&nonce, payload).expect("is encrypted");
        let sealed = format!("{sealed}{}", STANDARD.encode(text));
        assert_eq!(key.open(PLACE, &sealed).as_deref(), Some("the-key"));
    }

    #[test]
    fn a_key_may_be_bytes_or_a_line_of_text() {
        assert!(SecretKey::parse(&[0; 32]).is_some());
        assert!(SecretKey::parse(format!("{}\n", "0f".repeat(32)).as_bytes()).is_some());
        assert!(SecretKey::parse(STANDARD.encode([1; 32]).as_bytes()).is_some());
        for bad in [
            &b""[..],
            b"short",
            &[0; 31],
            &[0; 33],
            "가".repeat(22).as_bytes(),
        ] {
            assert!(SecretKey::parse(bad).is_none());
        }
    }
}
