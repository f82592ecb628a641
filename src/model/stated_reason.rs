//! Why somebody asked for a change, in their own words.

use super::{Refused, is_unseen};

/// The most characters of a reason: some sentences and the number of a change ticket.
pub const LONGEST_REASON: usize = 500;

/// One line of text, or nothing. Line breaks become spaces.
///
/// # Errors
/// When it is longer than [`LONGEST_REASON`] characters.
pub fn stated_reason(typed: &str) -> Result<Option<String>, Refused> {
    let words: Vec<&str> = typed
        .split(|c: char| c.is_whitespace() || is_unseen(c))
        .filter(|word| !word.is_empty())
        .collect();
    let reason = words.join(" ");
    if reason.chars().count() > LONGEST_REASON {
        return Err(Refused("must be at most 500 characters"));
    }
    Ok((!reason.is_empty()).then_some(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_some_length() {
        let read = |typed: &str| stated_reason(typed).expect("is short enough");
        assert_eq!(read(" \r\n\t\0 "), None);
        assert_eq!(read("점검\r\n CHG-12\0"), Some("점검 CHG-12".to_owned()));
        assert_eq!(read("x\u{202e}gpj.exe"), Some("x gpj.exe".to_owned()));
        assert!(read(&"가".repeat(LONGEST_REASON)).is_some());
        assert!(stated_reason(&"가".repeat(LONGEST_REASON + 1)).is_err());
    }
}
