//! What becomes of an element once it is known what it holds.

use super::{
    look::is_shade,
    tree::{Element, Node},
};

/// What becomes of an element whose content is known; `nested` when it stands in a table.
pub fn finish(mut element: Element<'_>, nested: bool) -> Option<Element<'_>> {
    match element.name {
        "pre" => {
            // Browsers drop the first line break of a `pre`, and would drop another each time.
            let empty = |node: &Node<'_>| matches!(node, Node::Text(text) if text.trim_start_matches(['\r', '\n']).is_empty());
            let lines = element.children.iter().take_while(|node| empty(node));
            let lines = lines.count();
            element.children.drain(..lines);
            if let Some(Node::Text(text)) = element.children.first_mut() {
                *text = text.trim_start_matches(['\r', '\n']);
            }
            Some(element)
        }
        "table" => {
            element.elements().next()?;
            name_headers(&mut element);
            Some(if nested { element } else { scroll_box(element) })
        }
        _ => Some(element),
    }
}

/// A wide table scrolls for itself: the text around it still fits a phone.
fn scroll_box(table: Element<'_>) -> Element<'_> {
    let mut element = Element::new("div");
    element.classes = vec!["an-scroll"];
    element.attributes = vec![("tabindex", "0".to_owned())];
    element.children = vec![Node::Element(table)];
    element
}

/// Makes headers of a first row of shaded cells: the editor writes its headers so (SECMON.md, "The analysis HTML").
fn name_headers(table: &mut Element<'_>) {
    let sections = || table.elements().filter(|part| part.name != "caption");
    let rows: usize = sections().map(|section| section.elements().count()).sum();
    if rows < 2 {
        return;
    }
    let Some(section) = table.elements_mut().find(|part| part.name != "caption") else {
        return;
    };
    let Some(row) = section.elements_mut().next() else {
        return;
    };
    let shaded = |element: &Element<'_>| element.classes.iter().any(|class| is_shade(class));
    let all = shaded(row);
    if row
        .elements()
        .all(|cell| all || cell.name == "th" || shaded(cell))
    {
        for cell in row.elements_mut() {
            cell.name = "th";
            cell.attributes.push(("scope", "col".to_owned()));
        }
    }
}
