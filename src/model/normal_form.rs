//! The normal form of text, for search, filters, sorting and unique names.

use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization as _;

/// Visibly blank characters that Unicode does not count as ignorable.
const BLANK: [char; 2] = ['\u{2800}', '\u{1d159}'];

/// NFKC with case folded, invisible characters removed and white space collapsed to single spaces.
///
/// Equivalent texts share one normal form, independent of keyboard and system. It is idempotent.
#[must_use]
pub fn normalize(text: &str) -> String {
    let folded: String = visible(text).nfkc().flat_map(char::to_lowercase).collect();
    let folded: String = visible(&folded).nfkc().collect();
    let mut normal = String::with_capacity(folded.len());
    for word in folded.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !normal.is_empty() {
                normal.push(' ');
            }
            normal.push_str(word);
        }
    }
    normal
}

/// Whether any character is visible.
#[must_use]
pub fn has_visible_text(text: &str) -> bool {
    normalize(text).chars().any(|c| !BLANK.contains(&c))
}

fn visible(text: &str) -> impl Iterator<Item = char> + '_ {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().filter(move |c| !ignorable.contains(*c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equivalent_texts_share_one_normal_form() {
        let nfd: String = "서버-다라".nfd().collect();
        assert_eq!(normalize(&nfd), "서버-다라");
        for (text, normal) in [
            ("ＣＶＥ－２０２１", "cve-2021"),
            ("web\u{200b}-01", "web-01"),
            ("\u{feff}Web  01\u{a0}\n", "web 01"),
            ("a\u{ad}b", "ab"),
            ("㈜가비아", "(주)가비아"),
            ("Straße ÀÉ", "straße àé"),
        ] {
            assert_eq!(normalize(text), normal, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_are_no_text() {
        for text in [
            "",
            " ",
            "\u{3164}",
            "\u{2800}\u{2800}",
            "\u{115f}\u{1160}",
            "\u{200b}",
            "\u{a0}",
        ] {
            assert!(!has_visible_text(text), "{text:?}");
        }
        for text in ["a", " 가 ", "–"] {
            assert!(has_visible_text(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(text in any::<String>()) {
            let normal = normalize(&text);
            prop_assert_eq!(normalize(&normal), normal);
        }
    }
}
