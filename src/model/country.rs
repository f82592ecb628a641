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

/// The code of a country that an analysis names: in Korean, in English, by ISO's own name or by its code.
#[must_use]
pub fn country_code(name: &str) -> Option<&'static str> {
    let name = name.trim();
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    let iso = ISO_NAMES.iter().find(|(_, iso)| is_named(iso));
    iso.map(|(code, _)| *code).or_else(|| {
        let mut known = COUNTRIES.iter();
        let country = known.find(|(code, (ko, en))| is_named(code) || is_named(ko) || is_named(en));
        country.map(|(code, _)| *code)
    })
}

/// Where ISO 3166-1 has another name than the table below.
const ISO_NAMES: [(&str, &str); 22] = [
    ("BO", "Bolivia, Plurinational State of"),
    ("BN", "Brunei Darussalam"),
    ("CD", "Congo, The Democratic Republic of the"),
    ("CZ", "Czech Republic"),
    ("GB", "United Kingdom of Great Britain and Northern Ireland"),
    ("HK", "Hong Kong"),
    ("IR", "Iran, Islamic Republic of"),
    ("KP", "Korea, Democratic People's Republic of"),
    ("KR", "Korea, Republic of"),
    ("LA", "Lao People's Democratic Republic"),
    ("MD", "Moldova, Republic of"),
    ("MK", "Macedonia, The Former Yugoslav Republic of"),
    ("MO", "Macao"),
    ("PS", "Palestine, State of"),
    ("RU", "Russian Federation"),
    ("SY", "Syrian Arab Republic"),
    ("TR", "Turkey"),
    ("TW", "Taiwan, Province of China"),
    ("TZ", "Tanzania, United Republic of"),
    ("US", "United States of America"),
    ("VE", "Venezuela, Bolivarian Republic of"),
    ("VN", "Viet Nam"),
];

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

    #[test]
    fn names_of_analyses_have_a_code() {
        for (name, code) in [
            ("Korea, Republic of", "KR"),
            ("viet nam", "VN"),
            (" Russian Federation ", "RU"),
            ("Japan", "JP"),
            ("일본", "JP"),
            ("jp", "JP"),
        ] {
            assert_eq!(country_code(name), Some(code), "{name}");
        }
        assert_eq!(country_code("Atlantis"), None);
        assert!(
            ISO_NAMES
                .iter()
                .all(|(code, _)| country_name(code, false).is_some())
        );
    }
}
