//! The password rule: a minimum length and an estimate of how easily the password is guessed.

use zxcvbn::{Score, zxcvbn};

use crate::model::User;

const MIN_CHARACTERS: usize = 12;

const MIN_WORD: usize = 2;

pub(super) const MAX_BYTES: usize = 1024;

/// The portal's name, purpose and roles. `docs/security.md` lists them too.
const OWN_WORDS: [&str; 15] = [
    "administrator",
    "monitoring",
    "security",
    "operator",
    "nhncloud",
    "manager",
    "portal",
    "secmon",
    "viewer",
    "admin",
    "cloud",
    "nhn",
    "보안관제",
    "관제",
    "포털",
];

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("it has fewer than 12 characters")]
    Short,
    #[error("it has more than 1,024 bytes")]
    Long,
    #[error("it is made of common words, patterns or dates")]
    Guessable,
    #[error("it is made of the user's name, or of words that belong to the portal")]
    OwnWords,
}

/// The public names of a user.
#[derive(Debug, Clone, Copy)]
pub struct UserNames<'a> {
    pub username: &'a str,
    pub display_name: &'a str,
}

impl<'a> From<&'a User> for UserNames<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            username: user.username.as_str(),
            display_name: &user.display_name,
        }
    }
}

impl<'a> UserNames<'a> {
    /// The names and their parts, such as the local part of a mail address.
    fn words(self) -> impl Iterator<Item = &'a str> {
        let is_letter = |c: char| c.is_alphanumeric();
        let names = [self.username, self.display_name];
        let parts = names
            .into_iter()
            .flat_map(move |name| name.split(move |c| !is_letter(c)));
        let local_part = self.username.split('@').next();
        names.into_iter().chain(local_part).chain(parts)
    }
}

/// Checks a password that a user chooses.
///
/// # Errors
/// [`WeakPassword`]: the first reason why not.
pub fn check(password: &str, user: UserNames) -> Result<(), WeakPassword> {
    if password.chars().count() < MIN_CHARACTERS {
        return Err(WeakPassword::Short);
    }
    if password.len() > MAX_BYTES {
        return Err(WeakPassword::Long);
    }
    if zxcvbn(password, &[]).score() < Score::Three {
        return Err(WeakPassword::Guessable);
    }
    let words: Vec<String> = user
        .words()
        .chain(OWN_WORDS)
        .filter(|word| word.chars().count() >= MIN_WORD)
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // zxcvbn alone takes two known words with a hyphen between them for a good password.
    let rest = words
        .iter()
        .fold(password.to_lowercase(), |rest, word| rest.replace(word, ""));
    if zxcvbn(&rest, &words).score() < Score::Three {
        return Err(WeakPassword::OwnWords);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_for(username: &str, password: &str) -> Result<(), WeakPassword> {
        let user = UserNames {
            username,
            display_name: "김지수 (운영팀)",
        };
        check(password, user)
    }

    #[test]
    fn password_has_twelve_characters_or_more() {
        assert_eq!(check_for("kim", "eleven char"), Err(WeakPassword::Short));
        assert_eq!(check_for("kim", "열두 글자가 되지 않음"), Ok(()));
        assert_eq!(
            check_for("kim", "열한 글자만 썼습니"),
            Err(WeakPassword::Short)
        );
        let long: String = (1..100_u32)
            .flat_map(|n| (n * n % 97).to_string().into_bytes())
            .map(char::from)
            .collect();
        assert_eq!(check_for("kim", &long), Ok(()), "also 300 characters");
        assert_eq!(check_for("kim", &"ab".repeat(513)), Err(WeakPassword::Long));
    }

    #[test]
    fn guessable_password_is_refused() {
        for guessable in [
            "qwertyqwerty",
            "1Q2W3E4R5T6Y",
            "Password123!",
            "password1234",
            "P@ssw0rd2025!",
            "monkeymonkeymonkey",
            "111111111111",
            "123456123456",
            "abcabcabcabc",
            "ㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁ",
        ] {
            let checked = check_for("kim", guessable);
            assert_eq!(checked, Err(WeakPassword::Guessable), "{guessable}");
        }
        for good in [
            "correct horse 배터리",
            "the-dragon-of-kim-swims",
            "48151623-4299",
            "abc-8237-2938-11",
            "my secmon cat sleeps",
        ] {
            assert_eq!(check_for("lee", good), Ok(()), "{good}");
        }
    }

    #[test]
    fn password_is_not_made_of_names_or_own_words() {
        for (username, own) in [
            ("kim", "secmon-portal"),
            ("kim", "NHNcloud-2025!"),
            ("kim", "보안관제포털 2025!!"),
            ("kim", "김지수 운영팀 2025!"),
            ("zbigniewowa", "Zbigniewowa1!"),
            ("zbigniewowa@acme.kr", "zbigniewowa2025!"),
        ] {
            assert_eq!(
                check_for(username, own),
                Err(WeakPassword::OwnWords),
                "{own}"
            );
        }
    }

    #[test]
    fn own_words_are_documented() {
        let security = include_str!("../../docs/security.md");
        for word in OWN_WORDS {
            assert!(security.contains(&format!("`{word}`")), "{word}");
        }
    }
}
