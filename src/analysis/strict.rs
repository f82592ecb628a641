//! The last word on what is safe: an allow-list over what the browser's own rules make of the text.
//!
//! It trusts nothing that the steps before it did: text that reached it unread would be as safe, only less readable.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::{address, look::CLASSES};

/// Every element that comes out. None is foreign (svg, math), holds raw text, or sends a form: those are
/// what the ways around sanitisers are made of.
pub const ELEMENTS: [&str; 36] = [
    "a",
    "b",
    "blockquote",
    "br",
    "caption",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// Elements that go with their content; of all others the content stays.
const SILENT: [&str; 12] = [
    "iframe", "math", "noembed", "noframes", "noscript", "script", "style", "svg", "template",
    "textarea", "title", "xmp",
];

/// A cell that reaches further freezes browsers.
pub const WIDEST_SPAN: u8 = 100;

/// A link tells its target nothing about the portal, and the target cannot reach back.
pub const LINK_RELATION: &str = "noopener noreferrer nofollow";

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

/// How often a text may change when it is cleaned again.
const PASSES: usize = 4;

/// What the allow-list leaves, in a form that cleaning it again does not change: a browser then makes the same
/// of it as the cleaner made. `None` when there is no such form within a few passes.
pub fn clean(html: &str) -> Option<String> {
    let mut html = once(html);
    for _ in 0..PASSES {
        let again = once(&html);
        if again == html {
            return Some(html);
        }
        html = again;
    }
    None
}

fn once(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

fn cleaner() -> Builder<'static> {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(ELEMENTS))
        .clean_content_tags(HashSet::from(SILENT))
        .generic_attributes(HashSet::from(["class"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["alt", "src"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
        ]))
        .add_tag_attribute_values("th", "scope", ["col"])
        // A box that scrolls can be scrolled with the keyboard.
        .add_tag_attribute_values("div", "tabindex", ["0"])
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some(LINK_RELATION))
        // These hold for every attribute; which of them may stand where is up to `attribute`.
        .url_schemes(HashSet::from(["data", "http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true)
        .attribute_filter(attribute);
    cleaner
}

/// What stays of an attribute that the allow-list lets through by its name.
fn attribute<'a>(element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    match (element, name) {
        ("a", "href") => address::link(value).map(Cow::from),
        ("img", "src") => address::image(value).map(Cow::from),
        (_, "class") => value
            .split(' ')
            .all(|class| CLASSES.contains(&class))
            .then_some(value.into()),
        (_, "colspan" | "rowspan") => span(value).map(|span| span.to_string().into()),
        ("img", "alt") | ("a", "rel" | "target") | ("th", "scope") | ("div", "tabindex") => {
            Some(value.into())
        }
        _ => None,
    }
}

/// How many columns or rows a cell reaches over, when it is more than one.
pub fn span(value: &str) -> Option<u8> {
    let digits: String = value
        .trim_ascii()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let number: u64 = digits.parse().ok()?;
    let number = u8::try_from(number).map_or(WIDEST_SPAN, |number| number.min(WIDEST_SPAN));
    (number > 1).then_some(number)
}
