//! The key that encrypts secrets at rest.

use std::{fmt, sync::Arc};

use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD},
    },
};
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

/// A key's id: part of a hash of its 32 random bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

/// Prefix of every sealed text; the key's id and a full stop follow.
const MARK: &str = "sealed-";

impl KeyId {
    fn new(bytes: &[u8; 32]) -> Self {
        let hash = Sha256::new()
            .chain_update("secmon-portal key id:")
            .chain_update(bytes)
            .finalize();
        let start: [u8; 8] = std::array::from_fn(|i| hash[i]);
        Self(format!("{:016x}", u64::from_be_bytes(start)))
    }

    /// The id of a sealed text's key.
    #[must_use]
    pub fn named_in(sealed: &str) -> Option<Self> {
        let (mark, _) = sealed.split_once('.')?;
        let id = mark.strip_prefix(MARK)?;
        let is_one = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Self(id.to_owned()))
    }

    /// Prefix of texts sealed with this key.
    pub(super) fn mark(&self) -> String {
        format!("{MARK}{self}.")
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
            id: KeyId::new(bytes),
        }
    }

    /// 32 bytes as they are, or as a line of 64 hexadecimal digits or of base64: either alphabet,
    /// padded or not.
    pub(super) fn parse(content: &[u8]) -> Option<Self> {
        if let Ok(bytes) = <&[u8; 32]>::try_from(content) {
            return Some(Self::new(bytes));
        }
        let line = std::str::from_utf8(content).ok()?.trim();
        let bytes = parse_hex(line).or_else(|| {
            let config = GeneralPurposeConfig::new()
                .with_decode_padding_mode(DecodePaddingMode::Indifferent);
            [&alphabet::STANDARD, &alphabet::URL_SAFE]
                .into_iter()
                .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(line).ok())
        })?;
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
        let mark = self.id.mark();
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

    /// Decrypts a text sealed for the same place, or `None` for anything else.
    #[must_use]
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let mark = self.id.mark();
        let body = sealed.strip_prefix(&mark)?;
        let place = format!("{mark}{place}");
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
}

fn parse_hex(line: &str) -> Option<Vec<u8>> {
    let digit = |digit: &u8| char::from(*digit).to_digit(16);
    let byte = |pair: &[u8]| {
        let value = digit(pair.first()?)? * 16 + digit(pair.get(1)?)?;
        u8::try_from(value).ok()
    };
    line.as_bytes().chunks(2).map(byte).collect()
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
    fn sealed_secret_opens_in_its_own_context_only() {
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
    fn sealed_secret_names_its_key_and_opens_only_whole() {
        let key = SecretKey::new(&[7; 32]);
        let sealed = key.seal(PLACE, "the-key");
        assert_eq!(KeyId::named_in(&sealed).as_ref(), Some(key.id()));
        assert_ne!(SecretKey::new(&[8; 32]).id(), key.id());
        let (_, body) = sealed.split_once('.').expect("has a mark");
        assert_eq!(key.open(PLACE, body), None);
        assert_eq!(KeyId::named_in(body), None);
    }

    #[test]
    fn key_file_may_hold_bytes_hex_or_base64() {
        let key = [0xfb; 32];
        let padded = STANDARD.encode(key);
        let unpadded = padded.trim_end_matches('=').to_owned();
        for content in [
            key.to_vec(),
            format!("{}\n", "fb".repeat(32)).into(),
            "FB".repeat(32).into(),
            padded.clone().into(),
            padded.replace('+', "-").replace('/', "_").into(),
            format!("{unpadded}\r\n").into(),
        ] {
            let parsed = SecretKey::parse(&content).expect("is a key");
            assert_eq!(parsed.id(), SecretKey::new(&key).id(), "{content:?}");
        }
        for bad in [
            String::new(),
            "short".to_owned(),
            "+f".repeat(32),
            " f".repeat(32),
            format!("0x{}", "fb".repeat(31)),
            "fb ".repeat(32),
            "fb".repeat(31),
            "fb".repeat(33),
            STANDARD.encode([1; 31]),
            STANDARD.encode([1; 33]),
            "가".repeat(22),
        ] {
            assert!(SecretKey::parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
        for length in [31, 33] {
            assert!(SecretKey::parse(&vec![0; length]).is_none());
        }
    }
}
