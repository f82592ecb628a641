//! The element names that count as markup, and how each is handled.

use std::{collections::HashMap, sync::LazyLock};

/// How an upstream element is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It stays under this allowed name.
    Keep(&'static str),
    /// Only its content stays.
    Unwrap,
    /// It is removed with its content, which is raw text and not for readers.
    Remove,
    Image,
}

/// An element of HTML, current or obsolete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub name: &'static str,
    pub action: Action,
}

const KEPT: &str = "a b blockquote br caption code dd div dl dt em h6 hr i li ol p pre s span strong sub sup table \
                    tbody td tfoot th thead tr u ul";

const RENAMED: [(&str, &str); 12] = [
    (
        "address article aside center details dialog fieldset figcaption figure footer form header hgroup legend main \
         nav search section summary",
        "div",
    ),
    ("big font mark", "span"),
    ("kbd samp tt", "code"),
    ("dir menu", "ul"),
    ("del strike", "s"),
    ("ins", "u"),
    ("var", "i"),
    ("listing", "pre"),
    // Below the page's own headings.
    ("h1", "h3"),
    ("h2", "h4"),
    ("h3", "h5"),
    ("h4 h5", "h6"),
];

const UNWRAPPED: &str = "abbr acronym applet area audio base basefont bdi bdo bgsound blink body button canvas cite \
                         col colgroup command content data datalist dfn embed event-source frame frameset head html \
                         ilayer input isindex keygen label layer link map marquee math menuitem meta meter multicol \
                         nobr noscript object optgroup option output param picture plaintext portal progress q rb rp \
                         rt rtc ruby select selectedcontent shadow slot small source spacer svg template time track \
                         video wbr";

const REMOVED: &str = "iframe noembed noframes script style textarea title xml xmp";

/// A browser reads `<image>` as `<img>`.
const IMAGES: &str = "img image";

/// Prefixes of Office's tags, `<o:p>`. Other names with a colon, `<mailto:…>`, are text.
const OFFICE_PREFIXES: [&str; 6] = ["m", "o", "st1", "v", "w", "x"];

const OFFICE: Element = Element {
    name: "o:p",
    action: Action::Unwrap,
};

const MAX_NAME: usize = 16;

static ELEMENTS: LazyLock<HashMap<&'static str, Element>> = LazyLock::new(|| {
    let kept = KEPT
        .split_ascii_whitespace()
        .map(|name| (name, Action::Keep(name)));
    let renamed = RENAMED.iter().flat_map(|(names, name)| {
        let names = names.split_ascii_whitespace();
        names.map(|from| (from, Action::Keep(name)))
    });
    let others = [
        (UNWRAPPED, Action::Unwrap),
        (REMOVED, Action::Remove),
        (IMAGES, Action::Image),
    ];
    let others = others.into_iter().flat_map(|(names, action)| {
        let names = names.split_ascii_whitespace();
        names.map(move |name| (name, action))
    });
    kept.chain(renamed)
        .chain(others)
        .map(|(name, action)| (name, Element { name, action }))
        .collect()
});

/// `None` for unknown names, which are text: `위험도 <High> 탐지` must not lose its word.
pub fn lookup(name: &str) -> Option<Element> {
    if let Some((prefix, _)) = name.split_once(':') {
        let mut prefixes = OFFICE_PREFIXES.iter();
        let is_office = prefixes.any(|office| prefix.eq_ignore_ascii_case(office));
        return is_office.then_some(OFFICE);
    }
    let mut lower = [0; MAX_NAME];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    ELEMENTS.get(std::str::from_utf8(lower).ok()?).copied()
}

/// Allowed elements that end a paragraph.
pub fn is_block(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "p" | "div"
                | "blockquote"
                | "pre"
                | "ul"
                | "ol"
                | "li"
                | "dl"
                | "dt"
                | "dd"
                | "hr"
                | "table"
        )
}

pub fn is_heading(name: &str) -> bool {
    matches!(name, "h3" | "h4" | "h5" | "h6")
}

/// Parts of a table with text.
pub fn is_cell(name: &str) -> bool {
    matches!(name, "td" | "th" | "caption")
}

/// A table and its parts without text.
pub fn is_frame(name: &str) -> bool {
    matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_listed_once() {
        let names = [KEPT, UNWRAPPED, REMOVED, IMAGES];
        let renamed = RENAMED.iter().map(|(names, _)| *names);
        let listed = names.into_iter().chain(renamed);
        let listed = listed.flat_map(str::split_ascii_whitespace).count();
        assert_eq!(listed, ELEMENTS.len());
        assert!(ELEMENTS.keys().all(|name| name.len() <= MAX_NAME));
    }

    #[test]
    fn word_in_angle_brackets_is_no_element() {
        for word in ["High", "http://a", "user@example.com", "x-y", "탐지", ""] {
            assert_eq!(lookup(word), None, "{word}");
        }
        let cell = lookup("TD").expect("an element");
        assert_eq!((cell.name, cell.action), ("td", Action::Keep("td")));
    }
}
