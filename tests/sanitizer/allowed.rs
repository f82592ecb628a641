//! Allowed markup, checked in a browser's parse. The lists repeat the sanitizer's, so that a mistake in one of them
//! shows.

use scraper::{ElementRef, Html, Node};
use url::Url;

use super::contexts::outline;

const ELEMENTS: &str = " a b blockquote br caption code dd div dl dt em h3 h4 h5 h6 hr i img li ol p pre s span \
                        strong sub sup table tbody td tfoot th thead tr u ul ";

/// Classes that replace styles; the portal's style sheet defines them.
pub const CLASSES: &str = " an-text an-scroll an-no-image an-left an-center an-right an-justify an-top an-middle \
                           an-bottom an-bold an-italic an-underline an-strike an-shade an-shade-strong an-shade-red \
                           an-shade-orange an-shade-yellow an-shade-green an-shade-blue an-shade-purple an-red \
                           an-orange an-yellow an-green an-blue an-purple ";

/// Limit of nested elements, including the surrounding ones.
const MAX_DEPTH: usize = 100;

/// Fails when a browser's parse holds anything outside the lists.
pub fn check(html: &str, source: &str) {
    let page = Html::parse_fragment(html);
    let root = page.root_element();
    for node in root.descendants().skip(1) {
        match node.value() {
            Node::Text(_) => {}
            Node::Element(_) => {
                let element = ElementRef::wrap(node).expect("an element");
                let why = refused(element);
                assert_eq!(why, None, "\nsource: {source:?}\nresult: {html}");
                assert!(
                    node.ancestors().count() < MAX_DEPTH,
                    "too deep: {}",
                    &source[..source.floor_char_boundary(60)]
                );
            }
            other => panic!("{other:?}\nsource: {source:?}\nresult: {html}"),
        }
    }
    // Serializing and parsing again gives the same page.
    let again = Html::parse_fragment(&root.inner_html());
    assert_eq!(
        outline(root),
        outline(again.root_element()),
        "\nsource: {source:?}\nresult: {html}"
    );
}

fn refused(element: ElementRef<'_>) -> Option<String> {
    let name = &element.value().name;
    if &*name.ns != "http://www.w3.org/1999/xhtml" || !is_listed(&name.local, ELEMENTS) {
        return Some(format!("<{}>", name.local));
    }
    let attributes = &element.value().attrs;
    attributes
        .iter()
        .find(|(attribute, value)| {
            !attribute.ns.is_empty() || !allowed(&name.local, &attribute.local, value)
        })
        .map(|(attribute, value)| format!("<{} {}={value:?}>", name.local, attribute.local))
}

fn is_listed(word: &str, list: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

fn allowed(element: &str, attribute: &str, value: &str) -> bool {
    match (element, attribute) {
        (_, "class") => value.split(' ').all(|class| is_listed(class, CLASSES)),
        ("a", "href") => is_address(value),
        ("a", "rel") => value == "noopener noreferrer nofollow",
        ("a", "target") => value == "_blank",
        ("img", "alt") => true,
        ("img", "src") => ["png", "jpeg", "gif", "webp"].iter().any(|format| {
            value
                .strip_prefix(&format!("data:image/{format};base64,"))
                .is_some_and(|data| {
                    data.bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
                })
        }),
        ("td" | "th", "colspan" | "rowspan") => value
            .parse()
            .is_ok_and(|span: u32| (2..=100).contains(&span)),
        ("th", "scope") => value == "col",
        ("div", "tabindex") => value == "0",
        _ => false,
    }
}

/// An address as a browser would write it, that leads to another host or to a mailbox.
fn is_address(value: &str) -> bool {
    let schemes = ["http://", "https://", "mailto:"];
    schemes.iter().any(|scheme| value.starts_with(scheme))
        && Url::parse(value).is_ok_and(|url| url.as_str() == value)
}
