//! Display names of users and teams.

use super::{ParseError, has_visible_text, is_unseen};

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;

/// Parses a display name: one line with at least one visible character.
///
/// # Errors
/// When it has no visible character, holds invisible control characters, or is longer than [`MAX_NAME`].
pub fn display_name(text: &str) -> Result<String, ParseError> {
    let name = text.trim();
    if !has_visible_text(name) || name.contains(is_unseen) || name.chars().count() > MAX_NAME {
        return Err(ParseError(
            "must be 1 to 100 characters in one line, and not only invisible ones",
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_shows_something_in_one_line() {
        assert_eq!(display_name(" 김 지수 "), Ok("김 지수".to_owned()));
        assert!(display_name(&"가".repeat(MAX_NAME)).is_ok());
        let long = "가".repeat(MAX_NAME + 1);
        for bad in [
            "",
            "  ",
            "\u{3164}",
            "\u{2800}",
            "\u{115f}",
            "\u{200b}",
            "\u{a0}\u{3000}",
            "a\nb",
            "x\u{202e}y",
            long.as_str(),
        ] {
            assert!(display_name(bad).is_err(), "{bad:?}");
        }
    }
}
