//! Characters that have no place in one-line text.

/// Whether a character is invisible: a control character, or one that changes the direction of text.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bidirectional_controls_are_unseen_and_joiners_are_not() {
        for c in ['\0', '\n', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'] {
            assert!(is_unseen(c), "{c:?}");
        }
        for c in ['a', '가', ' ', '\u{200d}', '–', '\u{301}'] {
            assert!(!is_unseen(c), "{c:?}");
        }
    }
}
