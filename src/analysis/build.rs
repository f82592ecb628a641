//! Builds a tree of ours from pieces: well nested, of limited depth, each element where browsers leave it.
//!
//! That keeps the last step (`strict`) from having to repair anything. Where a stranger's tags overlap, this does
//! the simple thing: it closes what stands between. No text is lost by it.

use super::{
    address,
    finish::finish,
    look::classes,
    names::Fate,
    source::{Piece, Tag},
    strict::span,
    tree::{Element, Node},
};

/// Elements within elements; deeper ones only leave their text. Some that are missing come on top.
const DEEPEST: usize = 64;

/// Elements in all; further ones only leave their text.
const MOST: usize = 50_000;

/// In bytes; words in place of an image are few.
const LONGEST_ALTERNATIVE: usize = 1000;

/// The tree of the pieces, under a nameless root.
pub fn build(pieces: Vec<Piece<'_>>) -> Element<'_> {
    let mut builder = Builder {
        open: vec![Open {
            source: "",
            element: Element::new(""),
        }],
        elements: 0,
    };
    for piece in pieces {
        match piece {
            Piece::Text(text) => builder.text(text),
            Piece::Open(tag) => builder.open(&tag),
            Piece::Close(name) => builder.close(name),
            Piece::Nothing => {}
        }
    }
    builder.close_to(1);
    builder.open.swap_remove(0).element
}

/// An element that later pieces may add to.
struct Open<'a> {
    /// The name of the tag that opened it, which the tag that closes it has too.
    source: &'static str,
    element: Element<'a>,
}

struct Builder<'a> {
    /// Each stands in the one before it; the first is the root.
    open: Vec<Open<'a>>,
    elements: usize,
}

/// What holds a cell of a table apart from what is around the table.
fn in_table(name: &str) -> bool {
    is_frame(name) || matches!(name, "td" | "th" | "caption")
}

/// The parts of a table that hold no text.
fn is_frame(name: &str) -> bool {
    matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr")
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h3" | "h4" | "h5" | "h6")
}

/// Elements that no paragraph can hold.
fn is_block(name: &str) -> bool {
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

impl<'a> Builder<'a> {
    fn text(&mut self, text: &'a str) {
        let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if !blank {
            self.leave_frame();
        }
        if !is_frame(self.top().name) {
            self.append(Node::Text(text));
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        if self.elements >= MOST || (self.open.len() > DEEPEST && tag.name != "br") {
            return;
        }
        match tag.fate {
            Fate::Keep(name) => self.element(name, tag),
            Fate::Image => self.image(tag),
            Fate::Unwrap | Fate::Remove => {}
        }
    }

    fn element(&mut self, name: &'static str, tag: &Tag<'_>) {
        let mut element = Element::new(name);
        element.classes = classes(tag);
        match name {
            "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" => {
                return self.table_part(element, tag);
            }
            "a" => {
                let Some(address) = tag.attribute("href").and_then(address::link) else {
                    return;
                };
                if !self.leave_link() {
                    return;
                }
                element.attributes.push(("href", address));
            }
            _ => {}
        }
        if is_block(name) {
            self.make_room(&mut element);
        }
        self.leave_frame();
        match name {
            "br" | "hr" => self.append(Node::Element(element)),
            _ => self.push(tag.name, element),
        }
    }

    /// Closes what a new block cannot stand in, by the rules of browsers.
    fn make_room(&mut self, block: &mut Element<'a>) {
        self.close_nearest(|open| open.element.name == "p", in_table);
        if is_heading(block.name) {
            self.close_nearest(|open| is_heading(open.element.name), in_table);
        }
        let lists: &[&str] = match block.name {
            "li" => &["ul", "ol"],
            "dt" | "dd" => &["dl"],
            _ => return,
        };
        let outside = |name: &str| in_table(name) || lists.contains(&name);
        let item = |open: &Open<'_>| match block.name {
            "li" => open.element.name == "li",
            _ => matches!(open.element.name, "dt" | "dd"),
        };
        self.close_nearest(item, outside);
        // An item that stands in no list is a block like others.
        let list = self.nearest(|open| lists.contains(&open.element.name), in_table);
        if list.is_none() {
            block.name = "div";
        }
    }

    /// A link cannot stand in a link. False when a table keeps the outer one open.
    fn leave_link(&mut self) -> bool {
        let is_link = |open: &Open<'_>| open.element.name == "a";
        self.close_nearest(is_link, in_table);
        !self.open.iter().any(is_link)
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let alternative = tag.attribute("alt").unwrap_or_default();
        let alternative = &alternative[..alternative.floor_char_boundary(LONGEST_ALTERNATIVE)];
        let element = if let Some(address) = tag.attribute("src").and_then(address::image) {
            let mut element = Element::new("img");
            element.attributes = vec![("src", address), ("alt", alternative.to_owned())];
            element
        } else {
            let mut element = Element::new("span");
            element.classes = vec!["an-no-image"];
            element.children = vec![Node::Words(alternative.to_owned())];
            element
        };
        self.leave_frame();
        self.append(Node::Element(element));
    }

    /// Opens a part of the nearest table, and the parts around it that are missing: the open ones after a
    /// table are always a section, its row, and a cell. Outside of a table it is nothing, as in browsers.
    fn table_part(&mut self, mut element: Element<'a>, tag: &Tag<'_>) {
        let Some(table) = self.nearest(|open| open.element.name == "table", |_| false) else {
            return;
        };
        let parent = match element.name {
            "tr" => self.section(table),
            "td" | "th" => self.row(table),
            _ => table,
        };
        self.close_to(parent + 1);
        if matches!(element.name, "td" | "th") {
            for name in ["colspan", "rowspan"] {
                if let Some(span) = tag.attribute(name).and_then(span) {
                    element.attributes.push((name, span.to_string()));
                }
            }
        }
        self.push(tag.name, element);
    }

    /// Where the section of a table is; one is opened when none is.
    fn section(&mut self, table: usize) -> usize {
        let open = self.open.get(table + 1).map(|open| open.element.name);
        if !matches!(open, Some("thead" | "tbody" | "tfoot")) {
            self.close_to(table + 1);
            self.push("", Element::new("tbody"));
        }
        table + 1
    }

    /// Where the row of a table is; one is opened when none is.
    fn row(&mut self, table: usize) -> usize {
        let section = self.section(table);
        if self.open.len() == section + 1 {
            self.push("", Element::new("tr"));
        }
        section + 1
    }

    /// Opens a cell for what stands in a table but in none of its cells.
    fn leave_frame(&mut self) {
        if !is_frame(self.top().name) {
            return;
        }
        if let Some(table) = self.nearest(|open| open.element.name == "table", |_| false) {
            self.row(table);
            self.push("", Element::new("td"));
        }
    }

    fn close(&mut self, source: &'static str) {
        let table_part = matches!(
            source,
            "table" | "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th"
        );
        if table_part {
            // It is a part of the nearest table, or of none.
            let parted = |name: &str| name == "table" && source != "table";
            self.close_nearest(|open| open.source == source, parted);
        } else if matches!(source, "h1" | "h2" | "h3" | "h4" | "h5" | "h6") {
            self.close_nearest(|open| is_heading(open.element.name), in_table);
        } else {
            self.close_nearest(|open| open.source == source, in_table);
        }
    }

    /// The innermost open element that is meant, not past one that parts it from here.
    fn nearest(
        &self,
        meant: impl Fn(&Open<'_>) -> bool,
        parted: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        for (at, open) in self.open.iter().enumerate().skip(1).rev() {
            if meant(open) {
                return Some(at);
            }
            if parted(open.element.name) {
                return None;
            }
        }
        None
    }

    fn close_nearest(&mut self, meant: impl Fn(&Open<'_>) -> bool, parted: impl Fn(&str) -> bool) {
        if let Some(at) = self.nearest(meant, parted) {
            self.close_to(at);
        }
    }

    /// Closes all but the first so many.
    fn close_to(&mut self, length: usize) {
        while self.open.len() > length.max(1)
            && let Some(Open { element, .. }) = self.open.pop()
        {
            let nested = self.open.iter().any(|open| open.element.name == "table");
            if let Some(element) = finish(element, nested) {
                self.top().children.push(Node::Element(element));
            }
        }
    }

    fn push(&mut self, source: &'static str, element: Element<'a>) {
        self.elements += 1;
        self.open.push(Open { source, element });
    }

    fn append(&mut self, node: Node<'a>) {
        if matches!(node, Node::Element(_)) {
            self.elements += 1;
        }
        self.top().children.push(node);
    }

    fn top(&mut self) -> &mut Element<'a> {
        &mut self
            .open
            .last_mut()
            .expect("the root is never closed")
            .element
    }
}
