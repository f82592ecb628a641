//! TOTP (RFC 6238) as authenticator apps implement it: SHA-1, six digits, 30 seconds.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use totp_rs::{Builder, Secret};

use crate::model::normalize;

/// The secret that an authenticator app and the portal share. It prints as `…`.
pub struct OneTimeSecret([u8; 20]);

impl OneTimeSecret {
    /// A new secret: 160 bits from the system, as RFC 4226 recommends.
    ///
    /// # Panics
    /// When the system gives no random numbers.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).expect("the system has random numbers");
        Self(bytes)
    }

    #[must_use]
    pub fn parse(base32: &SecretString) -> Option<Self> {
        let secret = Secret::try_from_base32(base32.expose_secret()).ok()?;
        secret.as_bytes().try_into().ok().map(Self)
    }

    #[must_use]
    pub fn to_base32(&self) -> SecretString {
        Secret::new_stack(self.0).to_base32().into()
    }

    /// The time step of a code: the present one or an adjacent one, for clock skew and slow typing. `None` for a wrong
    /// code, and for a code of the step `used` or earlier.
    #[must_use]
    pub fn step_of(&self, code: &str, now: DateTime<Utc>, used: i64) -> Option<i64> {
        let code = typed_code(code);
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let codes = self.builder().build().ok()?;
        let step = i64::try_from(codes.check(&code, seconds)?).ok()?;
        (step > used).then_some(step)
    }

    /// The `otpauth` address of the QR code.
    #[must_use]
    pub fn address(&self, issuer: &str, account: &str) -> Option<String> {
        // A colon parts the two in the address.
        let plain = |text: &str| text.replace(':', " ");
        let builder = self.builder().with_issuer(Some(plain(issuer)));
        let codes = builder.with_account_name(plain(account)).build().ok()?;
        codes.to_url().ok()
    }

    /// The crate's defaults are the RFC's: SHA-1, six digits, 30 seconds, one step either way.
    fn builder(&self) -> Builder {
        Builder::new().with_secret(Secret::new_stack(self.0))
    }
}

impl Default for OneTimeSecret {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for OneTimeSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimeSecret(…)")
    }
}

#[must_use]
pub fn is_one_time_code(typed: &str) -> bool {
    let code = typed_code(typed);
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Normalizes a code of either kind: full-width letters are letters, and separators between groups go away.
pub(super) fn typed_code(typed: &str) -> String {
    let text = normalize(typed);
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    /// The RFC's key for SHA-1.
    fn secret() -> OneTimeSecret {
        OneTimeSecret(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B has codes of eight digits: ours are their last six.
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = secret().step_of(&code[2..], at(seconds), -1);
            assert_eq!(step, Some(seconds / 30), "{seconds}");
            assert_eq!(secret().step_of(code, at(seconds), -1), None);
        }
    }

    #[test]
    fn code_is_right_one_step_early_or_late() {
        for (seconds, step) in [
            (1_111_111_111 - 61, None),
            (1_111_111_111 - 31, Some(37_037_037)),
            (1_111_111_111, Some(37_037_037)),
            (1_111_111_111 + 28, Some(37_037_037)),
            (1_111_111_111 + 58, Some(37_037_037)),
            (1_111_111_111 + 59, None),
        ] {
            assert_eq!(
                secret().step_of("050471", at(seconds), -1),
                step,
                "{seconds}"
            );
        }
    }

    #[test]
    fn code_of_a_used_or_earlier_step_is_wrong() {
        let now = at(1_111_111_111);
        for (used, step) in [
            (37_037_036, Some(37_037_037)),
            (37_037_037, None),
            (37_037_038, None),
        ] {
            for code in ["050 471", "050-471", "０５０４７１"] {
                assert_eq!(secret().step_of(code, now, used), step, "{code}");
            }
        }
    }

    #[test]
    fn secret_survives_base32_and_is_not_printed() {
        let secret = OneTimeSecret::new();
        let text = secret.to_base32();
        assert_eq!(text.expose_secret().len(), 32);
        let read = OneTimeSecret::parse(&text).expect("reads");
        assert_eq!(read.0, secret.0);
        assert_eq!(format!("{read:?}"), "OneTimeSecret(…)");
        assert_ne!(OneTimeSecret::new().0, secret.0);
        for bad in ["", "A", "GEZDGNBV", "not base32!"] {
            assert!(
                OneTimeSecret::parse(&bad.to_owned().into()).is_none(),
                "{bad}"
            );
        }
    }

    #[test]
    fn otpauth_address_names_issuer_account_and_secret() {
        assert_eq!(
            secret()
                .address("Secmon Portal", "김@portal.example:8080")
                .as_deref(),
            Some(
                "otpauth://totp/Secmon%20Portal:%EA%B9%80%40portal.example%208080\
                 ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Secmon%20Portal"
            )
        );
    }

    #[test]
    fn one_time_code_is_six_digits() {
        for code in [
            "123456",
            " 123 456 ",
            "123-456",
            "１２３４５６",
            "１２３\u{3000}４５６",
            "123\u{200b}456",
        ] {
            assert!(is_one_time_code(code), "{code}");
        }
        for other in ["", "12345", "1234567", "12345a", "１２３４５", "abcdef"] {
            assert!(!is_one_time_code(other), "{other}");
        }
    }
}
