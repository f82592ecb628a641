//! Recovery codes: single-use replacements of a one-time code.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::model::UserId;

use super::totp::typed_code;

const COUNT: usize = 10;

/// 24 of these make 120 bits, infeasible to guess even with the hashes. No two look alike.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
const LENGTH: usize = 24;

/// New codes, shown once.
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// # Panics
    /// When the system gives no random numbers.
    #[must_use]
    pub fn new() -> Self {
        Self((0..COUNT).map(|_| code()).collect())
    }

    #[must_use]
    pub fn shown(&self) -> &[String] {
        &self.0
    }

    #[must_use]
    pub fn hashes(&self, user: &UserId) -> Vec<String> {
        let codes = self.0.iter();
        codes.filter_map(|code| hash(user, code)).collect()
    }
}

impl Default for RecoveryCodes {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

fn code() -> String {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let letters: Vec<u8> = bytes
        .iter()
        .map(|byte| LETTERS[usize::from(byte % 32)])
        .collect();
    let groups = letters.chunks(LENGTH / 4);
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join("-")
}

/// The stored form of a user's code. `None` for anything else.
///
/// One round of a plain hash is enough for 120 random bits (OWASP ASVS 5.0, 6.5.2).
#[must_use]
pub fn hash(user: &UserId, typed: &str) -> Option<String> {
    let code = typed_code(typed);
    let is_code = code.len() == LENGTH && code.bytes().all(|byte| LETTERS.contains(&byte));
    let text = format!("recovery code:{}:{code}", user.0);
    is_code.then(|| URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ten_different_codes_are_made() {
        let codes = RecoveryCodes::new();
        assert_eq!(codes.shown().iter().collect::<BTreeSet<_>>().len(), COUNT);
        for code in codes.shown() {
            let groups: Vec<_> = code.split('-').map(str::len).collect();
            assert_eq!(groups, [6; 4], "{code}");
        }
        let hashes = codes.hashes(&UserId("u".into()));
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), COUNT);
        assert_eq!(format!("{codes:?}"), "RecoveryCodes(…)");
    }

    fn full_width(code: &str) -> String {
        let wide = |c: char| char::from_u32(u32::from(c) + 0xfee0).expect("is a letter");
        code.chars().map(wide).collect()
    }

    #[test]
    fn hash_depends_on_the_user_and_not_on_typing() {
        let (user, other) = (UserId("u".into()), UserId("v".into()));
        let codes = RecoveryCodes::new();
        let code = &codes.shown()[0];
        let stored = hash(&user, code);
        assert!(stored.is_some());
        for typed in [
            code.replace('-', ""),
            code.replace('-', " "),
            code.to_uppercase(),
            code.replace('-', "\u{2013}"),
            full_width(code),
        ] {
            assert_eq!(hash(&user, &typed), stored, "{typed}");
        }
        assert_ne!(hash(&other, code), stored);
        for wrong in ["", "123456", &code[1..], &format!("{code}a"), "가나다"] {
            assert_eq!(hash(&user, wrong), None, "{wrong}");
        }
    }
}
