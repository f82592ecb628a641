//! The allow-list, applied to the tree that a browser would parse. It does not rely on the earlier steps.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use ammonia::{Builder, UrlRelative};

use super::{style_classes::CLASSES, urls};

/// Allowed elements: none foreign (svg, math), with raw text, or of a form, which most bypasses of sanitizers use.
const ELEMENTS: &str = "a b blockquote br caption code dd div dl dt em h3 h4 h5 h6 hr i img li ol p pre s span strong \
                        sub sup table tbody td tfoot th thead tr u ul";

/// Elements removed with their content; all others leave it.
const REMOVED: &str =
    "iframe math noembed noframes noscript script style svg template textarea title xmp";

/// Larger spans freeze browsers.
const MAX_SPAN: u8 = 100;

const LINK_RELATION: &str = "noopener noreferrer nofollow";

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

pub fn clean(html: &str) -> String {
    let mut clean = CLEANER.clean(html).to_string();
    // A parser drops one byte order mark at the beginning, and would drop another each time.
    let marks = clean.len() - clean.trim_start_matches('\u{feff}').len();
    clean.drain(..marks);
    clean
}

fn cleaner() -> Builder<'static> {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(ELEMENTS.split_ascii_whitespace().collect())
        .clean_content_tags(REMOVED.split_ascii_whitespace().collect())
        .generic_attributes(HashSet::from(["class"]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href"])),
            ("img", HashSet::from(["alt", "src"])),
            ("td", HashSet::from(["colspan", "rowspan"])),
            ("th", HashSet::from(["colspan", "rowspan"])),
        ]))
        .add_tag_attribute_values("th", "scope", ["col"])
        // Keyboard access to scrolling boxes.
        .add_tag_attribute_values("div", "tabindex", ["0"])
        .set_tag_attribute_value("a", "target", "_blank")
        .link_rel(Some(LINK_RELATION))
        // For every attribute; `attribute` decides for each.
        .url_schemes(HashSet::from(["data", "http", "https", "mailto"]))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true)
        .attribute_filter(attribute);
    cleaner
}

/// The value of an attribute with an allowed name; `None` removes it.
fn attribute<'a>(element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    match (element, name) {
        ("a", "href") => urls::link(value).map(Cow::from),
        ("img", "src") => urls::image(value).map(Cow::from),
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

/// Columns or rows of a cell, if more than one.
pub fn span(value: &str) -> Option<u8> {
    let value = value.trim_ascii();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = value[..digits].parse().ok()?;
    let number = u8::try_from(number).map_or(MAX_SPAN, |number| number.min(MAX_SPAN));
    (number > 1).then_some(number)
}
