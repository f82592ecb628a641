//! Names of countries in Korean and English, by their ISO 3166-1 alpha-2 code.

use std::{collections::HashMap, sync::LazyLock};

/// Code, Korean name, English name. From CLDR 48 (Unicode License v3, © Unicode, Inc.), the short names for HK, MO
/// and PS.
const TABLE: &str = include_str!("countries.tsv");

static COUNTRIES: LazyLock<HashMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter_map(|row| row.split_once('\t'));
    rows.filter_map(|(code, names)| Some((code, names.split_once('\t')?)))
        .collect()
});

/// The name of a country; the API gives codes only (docs/secmon-api.md, "Words", `dstCountryCode`).
///
/// `None` for a code outside ISO 3166-1, except `XK` (Kosovo), which address databases use.
#[must_use]
pub fn country_name(code: &str, korean: bool) -> Option<&'static str> {
    let code = code.trim().to_ascii_uppercase();
    let (in_korean, in_english) = COUNTRIES.get(&*code)?;
    Some(if korean { in_korean } else { in_english })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_a_name_in_both_languages_in_either_case() {
        assert_eq!(country_name("JP", true), Some("일본"));
        assert_eq!(country_name("jp", false), Some("Japan"));
        assert_eq!(country_name(" XK ", true), Some("코소보"));
        assert_eq!(country_name("AD", false), Some("Andorra"));
        assert_eq!(country_name("ZW", false), Some("Zimbabwe"));
    }

    #[test]
    fn unknown_code_has_no_name() {
        for code in ["", "J", "ZZ", "JPN", "한국", "–"] {
            assert_eq!(country_name(code, true), None, "{code:?}");
        }
    }

    #[test]
    fn table_lists_every_country_once_with_both_names() {
        assert_eq!(TABLE.lines().count(), 250);
        assert_eq!(COUNTRIES.len(), 250);
        let mut names = COUNTRIES.values();
        assert!(names.all(|(ko, en)| !ko.is_empty() && !en.is_empty() && !en.contains('\t')));
    }
}
