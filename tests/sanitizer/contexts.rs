//! The page contexts of sanitized HTML, and a browser's parse of each.

use html5ever::{
    ParseOpts, driver,
    tendril::TendrilSink as _,
    tree_builder::{QuirksMode, TreeBuilderOpts},
};
use scraper::{ElementRef, Html, HtmlTreeSink, Node, Selector};

/// Contexts of a ticket part in the portal's pages, and stricter ones.
const PLACES: [(&str, &str); 5] = [
    (
        "<main><article><section><h2>Analysis</h2><div id=box class=analysis>",
        "</div></section></article></main><p id=after>after</p>",
    ),
    (
        "<table><tbody><tr><td id=box>",
        "</td><td id=after>after</td></tr></tbody></table>",
    ),
    ("<ul><li id=box>", "</li><li id=after>after</li></ul>"),
    ("<dl><dd id=box>", "</dd><dt id=after>after</dt></dl>"),
    (
        "<form><fieldset><label><span></span><div id=box>",
        "</div></label></fieldset></form><p id=after>after</p>",
    ),
];

/// Contexts of a title, and others that end at the first block element.
const TITLE_PLACES: [(&str, &str); 4] = [
    (
        "<article><header><h1 id=box>",
        "</h1></header></article><p id=after>after</p>",
    ),
    ("<p id=box>", "</p><p id=after>after</p>"),
    ("<a href=/ id=box>", "</a><p id=after>after</p>"),
    ("<button><b id=box>", "</b></button><p id=after>after</p>"),
];

/// Fails when a browser parses the HTML, or its surroundings, differently in a context.
pub fn stays_in_its_place(html: &str, source: &str) {
    in_each(&PLACES, html, source);
}

/// The same for a title.
pub fn title_stays_in_its_place(html: &str, source: &str) {
    in_each(&TITLE_PLACES, html, source);
}

fn in_each(places: &[(&str, &str)], html: &str, source: &str) {
    let alone = Html::parse_fragment(html);
    let alone = outline(alone.root_element());
    for (before, after) in places {
        // The surroundings do not change with it.
        let around = outline_around(&page(before, "", after, true));
        // Without scripts `noscript` is read in another way; one place shows whether there is any.
        let ways: &[bool] = if before == &places[0].0 {
            &[true, false]
        } else {
            &[true]
        };
        for &scripts in ways {
            let page = page(before, html, after, scripts);
            let place = format!("{before}…\nsource: {source:?}\nresult: {html}");
            assert_eq!(page.quirks_mode, QuirksMode::NoQuirks);
            assert_eq!(outline(in_box(&page)), alone, "changed in {place}");
            assert_eq!(outline_around(&page), around, "left {place}");
        }
    }
}

fn page(before: &str, html: &str, after: &str, scripts: bool) -> Html {
    let options = ParseOpts {
        tree_builder: TreeBuilderOpts {
            scripting_enabled: scripts,
            ..TreeBuilderOpts::default()
        },
        ..ParseOpts::default()
    };
    let sink = HtmlTreeSink::new(Html::new_document());
    let page = format!(
        "<!DOCTYPE html><html><head><title>Portal</title></head><body>{before}{html}{after}</body></html>"
    );
    driver::parse_document(sink, options).one(page)
}

fn in_box(page: &Html) -> ElementRef<'_> {
    let selector = Selector::parse("#box").expect("a selector");
    page.select(&selector).next().expect("the box is there")
}

/// The tree below an element in a form that can be compared.
pub fn outline(root: ElementRef<'_>) -> Vec<String> {
    let above = root.ancestors().count();
    root.descendants()
        .skip(1)
        .map(|node| line(node.value(), node.ancestors().count() - above))
        .collect()
}

/// The page without the box.
fn outline_around(page: &Html) -> Vec<String> {
    let boxed = in_box(page).id();
    page.tree
        .root()
        .descendants()
        .filter(|node| !node.ancestors().any(|ancestor| ancestor.id() == boxed))
        .map(|node| line(node.value(), node.ancestors().count()))
        .collect()
}

fn line(node: &Node, depth: usize) -> String {
    match node {
        Node::Element(element) => {
            let mut attributes: Vec<_> = element.attrs().collect();
            attributes.sort_unstable();
            format!(
                "{depth} {} {} {attributes:?}",
                &*element.name.ns,
                element.name()
            )
        }
        other => format!("{depth} {other:?}"),
    }
}
