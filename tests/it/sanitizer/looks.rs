//! Styles of the allowed classes, read from the portal's style sheet.

use std::collections::BTreeSet;

use secmon_portal::sanitizer;

use crate::promise::allowed::CLASSES;

const SHEET: &str = include_str!("../../../static/css/analysis.css");

/// Nothing among these places, sizes, covers or fetches.
const PROPERTIES: [&str; 8] = [
    "background",
    "color",
    "font-style",
    "font-weight",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
];

/// Two classes are boxes of the portal's own: around a wide table, and in place of an image.
const BOXES: [(&str, &str); 2] = [
    (
        "an-scroll",
        "margin overflow-x overscroll-behavior-x background",
    ),
    (
        "an-no-image",
        "padding border border-radius color font-size",
    ),
];

/// Forbidden in values: fetches, and lengths that may be negative.
const NEVER: [&str; 5] = ["url", "image(", "image-set", "attr(", "calc("];

/// Selectors of one rule, and its declarations.
fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHEET.split('}').filter_map(|rule| {
        let (before, declarations) = rule.rsplit_once('{')?;
        let selectors = before.rsplit(['{', ';']).next()?;
        Some((selectors.trim(), declarations))
    })
}

/// The classes of ours that a rule is about.
fn classes(selectors: &str) -> BTreeSet<&str> {
    let names = selectors.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')));
    names
        .flat_map(|part| part.split('.'))
        .filter(|name| name.starts_with("an-"))
        .collect()
}

fn problem(class: &str, declaration: &str) -> Option<String> {
    let (property, value) = declaration.split_once(':')?;
    let (property, value) = (property.trim(), value.trim());
    let own = BOXES.iter().find(|(name, _)| *name == class);
    let allowed = own.map_or_else(
        || PROPERTIES.contains(&property),
        |(_, properties)| properties.split(' ').any(|part| part == property),
    );
    let negative = value.split_ascii_whitespace().any(|part| {
        part.strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    });
    let never = negative || NEVER.iter().any(|part| value.contains(part));
    (!allowed || never).then(|| format!(".{class} {{ {property}: {value} }}"))
}

#[test]
fn classes_look_like_emphasis_and_nothing_more() {
    let listed: BTreeSet<&str> = CLASSES.split_ascii_whitespace().collect();
    assert_eq!(listed, BTreeSet::from(sanitizer::CLASSES));
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for (selectors, declarations) in rules() {
        for class in classes(selectors) {
            seen.insert(class);
            let all = declarations.split(';');
            problems.extend(all.filter_map(|declaration| problem(class, declaration)));
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(seen, listed, "each has a look, and only they");
}

#[test]
fn checker_detects_covering_or_fetching_styles() {
    for declaration in [
        "position: fixed",
        "margin: 1px",
        "background: url(x)",
        "text-align: -1px",
        "z-index: 1",
    ] {
        assert!(problem("an-red", declaration).is_some(), "{declaration}");
    }
    assert_eq!(problem("an-red", "color: var(--red)"), None);
}
