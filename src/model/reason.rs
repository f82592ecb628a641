//! The stated reason of a change request.

use super::{ParseError, has_visible_text, is_unseen};

/// The most characters of a reason: some sentences and the number of a change ticket.
pub const MAX_REASON: usize = 500;

/// One line of text, or nothing. Line breaks become spaces.
///
/// # Errors
/// When it is longer than [`MAX_REASON`] characters.
pub fn stated_reason(typed: &str) -> Result<Option<String>, ParseError> {
    let words: Vec<&str> = typed
        .split(|c: char| c.is_whitespace() || is_unseen(c))
        .filter(|word| !word.is_empty())
        .collect();
    let reason = words.join(" ");
    if reason.chars().count() > MAX_REASON {
        return Err(ParseError("must be at most 500 characters"));
    }
    Ok(has_visible_text(&reason).then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_is_one_line_within_its_limits() {
        let read = |typed: &str| stated_reason(typed).expect("is short enough");
        for nothing in [" \r\n\t\0 ", "\u{3164}", "\u{2800} \u{115f}", "\u{200b}"] {
            assert_eq!(read(nothing), None, "{nothing:?}");
        }
        assert_eq!(read("점검\r\n CHG-12\0"), Some("점검 CHG-12".to_owned()));
        assert_eq!(read("x\u{202e}gpj.exe"), Some("x gpj.exe".to_owned()));
        assert!(read(&"가".repeat(MAX_REASON)).is_some());
        assert!(stated_reason(&"가".repeat(MAX_REASON + 1)).is_err());
    }
}
