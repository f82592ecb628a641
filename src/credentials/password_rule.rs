//! Which passwords may be chosen: one rule for every place where somebody chooses one.

use std::{collections::HashSet, sync::LazyLock};

use crate::model::Username;

/// A new password has at least as many characters.
const SHORTEST: usize = 12;

/// And at most as many bytes: what is hashed is not without bounds.
pub(super) const LONGEST: usize = 1024;

/// A name of a few letters stands in many good passwords.
const SHORTEST_NAME: usize = 4;

/// A common word shorter than this, with much around it, is no common password.
const SHORTEST_WORD: usize = 4;

/// What everybody who knows the portal thinks of first: its name, what it is for, and its roles.
/// `SECURITY.md` lists them too.
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

/// See `common_passwords/README.md`.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let most = include_str!("common_passwords/top-10000.txt").lines();
    most.chain(include_str!("common_passwords/long.txt").lines())
        .collect()
});

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("it has fewer than 12 characters")]
    Short,
    #[error("it has more than 1,024 bytes")]
    Long,
    #[error("it is one of the most common ones, or made from one")]
    Common,
    #[error("it is made of words that belong to the portal")]
    OwnWords,
    #[error("it holds the username")]
    Username,
}

/// May that user choose that password.
///
/// # Errors
/// [`WeakPassword`]: the first reason why not.
pub fn check(password: &str, username: &Username) -> Result<(), WeakPassword> {
    if password.chars().count() < SHORTEST {
        return Err(WeakPassword::Short);
    }
    if password.len() > LONGEST {
        return Err(WeakPassword::Long);
    }
    let password = password.to_lowercase();
    if is_common(&password) {
        return Err(WeakPassword::Common);
    }
    let names = [username.as_str(), before_at(username.as_str())];
    let holds = |name: &str| name.len() >= SHORTEST_NAME && password.contains(name);
    if names.into_iter().any(holds) {
        return Err(WeakPassword::Username);
    }
    if is_of_own_words(&password) {
        return Err(WeakPassword::OwnWords);
    }
    Ok(())
}

/// Is next to nothing left of it without the portal's own words.
fn is_of_own_words(password: &str) -> bool {
    let rest = OWN_WORDS.iter().fold(password.to_owned(), |rest, word| {
        // A gap, so that what stood apart makes no new word.
        rest.replace(word, " ")
    });
    let letters = rest.chars().filter(|c| c.is_alphabetic()).count();
    rest != password && letters < SHORTEST_WORD
}

/// Who signs in with an address of e-mail is known by what stands before its `@`.
fn before_at(username: &str) -> &str {
    username.split('@').next().unwrap_or(username)
}

/// Is it a common password: as it is, with digits and signs at its ends, or said again and again.
/// Few of the common ones have twelve characters, so that these are the ways to use one.
fn is_common(password: &str) -> bool {
    let word = password.trim_matches(|c: char| !c.is_alphabetic());
    let is_known = |text: &str| COMMON.contains(text);
    is_known(password)
        || (word.chars().count() >= SHORTEST_WORD && is_known(word))
        || repeated(password).is_some_and(|it| it.len() <= SHORTEST_WORD || is_known(it))
}

/// What the text consists of, said twice or more.
fn repeated(text: &str) -> Option<&str> {
    let ends = text.char_indices().map(|(at, _)| at).skip(1);
    let mut units = ends.take_while(|end| *end <= text.len() / 2);
    units
        .find(|end| {
            text.len().is_multiple_of(*end) && text[..*end].repeat(text.len() / end) == text
        })
        .map(|end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(username: &str, password: &str) -> Result<(), WeakPassword> {
        check(password, &username.parse().expect("a username"))
    }

    #[test]
    fn a_password_has_twelve_characters_or_more() {
        assert_eq!(of("kim", "eleven char"), Err(WeakPassword::Short));
        assert_eq!(of("kim", "열두 글자가 되지 않음"), Ok(()));
        assert_eq!(of("kim", "열한 글자만 썼습니"), Err(WeakPassword::Short));
        let long: String = ('a'..='z').chain('가'..='힣').take(300).collect();
        assert_eq!(of("kim", &long), Ok(()), "also 300 characters");
        assert_eq!(of("kim", &"ab".repeat(513)), Err(WeakPassword::Long));
    }

    #[test]
    fn a_common_password_is_refused_also_when_it_is_made_longer() {
        for common in [
            "qwertyqwerty",
            "1Q2W3E4R5T6Y",
            "Password123!",
            "password1234",
            "!!!Dragon2025!!!",
            "monkeymonkeymonkey",
            "111111111111",
            "123456123456",
            "abcabcabcabc",
            "ㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁㅁ",
        ] {
            assert_eq!(of("kim", common), Err(WeakPassword::Common), "{common}");
        }
        for good in [
            "correct horse",
            "correct horse 배터리",
            "the-dragon-of-kim",
            "48151623-4299",
            "abc-8237-2938-11",
        ] {
            assert_eq!(of("lee", good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_password_does_not_hold_the_username() {
        let holds = Err(WeakPassword::Username);
        assert_eq!(of("operator", "my OPERATOR word"), holds);
        assert_eq!(of("jisoo.kim@acme.kr", "Jisoo.Kim at work"), holds);
        // Three letters stand in many words.
        assert_eq!(of("kim", "the skimmed milk"), Ok(()));
    }

    #[test]
    fn a_password_is_not_made_of_the_portal_s_own_words() {
        for own in [
            "secmon-portal",
            "NHNcloud-2025!",
            "SecurityMonitoring",
            "admin@portal.kr",
            "보안관제포털 2025!!",
        ] {
            assert_eq!(of("kim", own), Err(WeakPassword::OwnWords), "{own}");
        }
        for good in ["48151623-4299", "my secmon cat", "clouds of cotton"] {
            assert_eq!(of("kim", good), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_portal_s_own_words_are_documented() {
        let security = include_str!("../../SECURITY.md");
        for word in OWN_WORDS {
            assert!(security.contains(&format!("`{word}`")), "{word}");
        }
    }

    #[test]
    fn the_lists_are_whole() {
        assert_eq!(COMMON.len(), 9_913 + 285);
        assert!(COMMON.iter().all(|it| it.to_lowercase() == **it));
    }
}
