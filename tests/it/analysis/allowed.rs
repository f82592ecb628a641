//! What may stand on a page, read back by a browser's rules. The lists are written again here, so that a slip in
//! the sanitiser's own shows.

use scraper::{ElementRef, Html, Node};
use secmon_portal::analysis::CLASSES;

const ELEMENTS: &str = " a b blockquote br caption code dd div dl dt em h3 h4 h5 h6 hr i img li ol p pre s span \
                        strong sub sup table tbody td tfoot th thead tr u ul ";

/// Fails when a browser makes anything of the HTML that is not on the lists.
pub fn check(html: &str, source: &str) {
    let page = Html::parse_fragment(html);
    let root = page.root_element();
    for node in root.descendants().skip(1) {
        match node.value() {
            Node::Text(_) => {}
            Node::Element(_) => {
                let element = ElementRef::wrap(node).expect("an element");
                let why = refused(element);
                assert_eq!(why, None, "\nsource: {source}\nresult: {html}");
                assert!(node.ancestors().count() < 100, "too deep: {source}");
            }
            other => panic!("{other:?}\nsource: {source}\nresult: {html}"),
        }
    }
    // A browser that reads what it wrote sees the same page.
    let again = Html::parse_fragment(&root.inner_html());
    assert_eq!(
        outline(root),
        outline(again.root_element()),
        "\nsource: {source}\nresult: {html}"
    );
}

fn refused(element: ElementRef<'_>) -> Option<String> {
    let name = &element.value().name;
    if &*name.ns != "http://www.w3.org/1999/xhtml"
        || !ELEMENTS.contains(&format!(" {} ", name.local))
    {
        return Some(format!("<{}>", name.local));
    }
    element
        .value()
        .attrs()
        .find(|(attribute, value)| !allowed(&name.local, attribute, value))
        .map(|(attribute, value)| format!("<{} {attribute}={value:?}>", name.local))
}

fn allowed(element: &str, attribute: &str, value: &str) -> bool {
    match (element, attribute) {
        (_, "class") => value.split(' ').all(|class| CLASSES.contains(&class)),
        ("a", "href") => ["http://", "https://", "mailto:"]
            .iter()
            .any(|scheme| value.starts_with(scheme)),
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

/// The tree in a form that can be compared.
fn outline(root: ElementRef<'_>) -> Vec<String> {
    root.descendants()
        .skip(1)
        .map(|node| {
            let depth = node.ancestors().count();
            match node.value() {
                Node::Element(element) => {
                    let mut attributes: Vec<_> = element.attrs().collect();
                    attributes.sort_unstable();
                    format!("{depth} {} {attributes:?}", element.name())
                }
                other => format!("{depth} {other:?}"),
            }
        })
        .collect()
}
