//! Writes tokens as well-nested HTML of limited depth, each element where browsers would place it.
//!
//! The parser of the allow-list then has nothing to repair and takes linear time. Where upstream tags overlap, the
//! elements between them are closed. No text is lost.

use super::{
    allowlist::span,
    elements::{Action, is_block, is_cell, is_frame, is_heading},
    html_writer::{HtmlWriter, OpenElement},
    style_classes::StyleClasses,
    tokenizer::{Tag, Token},
    urls,
};

/// Nested elements; deeper ones leave only their text. Implied elements come on top.
const MAX_DEPTH: usize = 64;

/// In bytes.
const MAX_ALTERNATIVE: usize = 1000;

pub struct TreeBuilder {
    html: HtmlWriter,
}

/// Whether an element separates a cell from the surroundings of its table.
fn in_table(name: &str) -> bool {
    is_frame(name) || is_cell(name)
}

impl TreeBuilder {
    pub fn new(max_bytes: usize) -> Self {
        let html = HtmlWriter::new(max_bytes);
        Self { html }
    }

    /// The HTML of all tokens, and whether it is truncated.
    pub fn build<'a>(mut self, tokens: impl Iterator<Item = Token<'a>>) -> (String, bool) {
        for token in tokens {
            if !self.html.has_room() {
                break;
            }
            match token {
                Token::Text(text) => self.text(text),
                Token::Start(tag) => self.start(&tag),
                Token::End(name) => self.end(name),
                Token::Nothing => {}
            }
        }
        self.html.finish()
    }

    fn text(&mut self, text: &str) {
        let blank = text.bytes().all(|byte| byte.is_ascii_whitespace());
        if !blank {
            self.leave_frame();
        }
        if !is_frame(self.html.top()) {
            self.html.text(text);
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        let name = tag.element.name;
        if self.html.open().len() > MAX_DEPTH && name != "br" {
            return;
        }
        match tag.element.action {
            Action::Keep("a") => self.link(tag),
            Action::Keep(name @ ("caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th")) => {
                self.table_part(name, tag);
            }
            Action::Keep(name) => self.element(name, tag),
            Action::Image => self.image(tag),
            Action::Unwrap | Action::Remove => {}
        }
    }

    fn element(&mut self, name: &'static str, tag: &Tag<'_>) {
        let name = if is_block(name) {
            self.make_room(name)
        } else {
            name
        };
        self.leave_frame();
        let classes = StyleClasses::from_tag(tag);
        match name {
            "br" | "hr" => self.html.start_tag(name, &classes, &[]),
            _ => self.html.push(tag.element.name, name, &classes, &[]),
        }
    }

    /// Links do not nest; one without an allowed URL leaves its text.
    fn link(&mut self, tag: &Tag<'_>) {
        let Some(url) = tag.attribute("href").and_then(urls::link) else {
            return;
        };
        let is_link = |open: &OpenElement| open.name == "a";
        self.close_nearest(is_link, in_table);
        // A table keeps the outer link open.
        if !self.html.open().iter().any(is_link) {
            self.leave_frame();
            let classes = StyleClasses::from_tag(tag);
            self.html.push("a", "a", &classes, &[("href", &url)]);
        }
    }

    /// Closes the elements that cannot contain a new block, by the rules of browsers. Returns the block's name.
    fn make_room(&mut self, block: &'static str) -> &'static str {
        self.close_nearest(|open| open.name == "p", in_table);
        if is_heading(block) {
            self.close_nearest(|open| is_heading(open.name), in_table);
        }
        let (lists, items): (&[_], &[_]) = match block {
            "li" => (&["ul", "ol"], &["li"]),
            "dt" | "dd" => (&["dl"], &["dt", "dd"]),
            _ => return block,
        };
        let outside = |name: &str| in_table(name) || lists.contains(&name);
        self.close_nearest(|open| items.contains(&open.name), outside);
        // An item outside of a list is an ordinary block.
        let list = self.nearest(|open| lists.contains(&open.name), in_table);
        if list.is_some() { block } else { "div" }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        self.leave_frame();
        let alternative = tag.attribute("alt").unwrap_or_default();
        let alternative = &alternative[..alternative.floor_char_boundary(MAX_ALTERNATIVE)];
        match tag.attribute("src").and_then(urls::image) {
            Some(url) => {
                let attributes = [("src", &*url), ("alt", alternative)];
                self.html
                    .start_tag("img", &StyleClasses::default(), &attributes);
            }
            None => self.html.missing_image(alternative),
        }
    }

    /// Opens a part of the nearest table and the missing parts around it: a table's open elements are always a
    /// section, its row and a cell. Outside of a table it is ignored, as in browsers.
    fn table_part(&mut self, name: &'static str, tag: &Tag<'_>) {
        let Some(table) = self.nearest(|open| open.name == "table", |_| false) else {
            return;
        };
        let parent = match name {
            "tr" => self.section(table),
            "td" | "th" => self.row(table),
            _ => table,
        };
        self.html.close_to(parent + 1);
        let span = |name| Some((name, tag.attribute(name).and_then(span)?.to_string()));
        let spans = match name {
            "td" | "th" => [span("colspan"), span("rowspan")],
            _ => [None, None],
        };
        let spans: Vec<_> = spans
            .iter()
            .flatten()
            .map(|(name, span)| (*name, &**span))
            .collect();
        let classes = StyleClasses::from_tag(tag);
        self.html.push(tag.element.name, name, &classes, &spans);
    }

    /// The index of a table's section, which is opened if missing.
    fn section(&mut self, table: usize) -> usize {
        let section = self.html.open().get(table + 1);
        if !section.is_some_and(|open| matches!(open.name, "thead" | "tbody" | "tfoot")) {
            self.html.close_to(table + 1);
            self.html.push("", "tbody", &StyleClasses::default(), &[]);
        }
        table + 1
    }

    /// The index of a table's row, which is opened if missing.
    fn row(&mut self, table: usize) -> usize {
        let section = self.section(table);
        if self.html.open().len() == section + 1 {
            self.html.push("", "tr", &StyleClasses::default(), &[]);
        }
        section + 1
    }

    /// Opens a cell for content of a table outside of its cells.
    fn leave_frame(&mut self) {
        if !is_frame(self.html.top()) {
            return;
        }
        if let Some(table) = self.nearest(|open| open.name == "table", |_| false) {
            self.row(table);
            self.html.push("", "td", &StyleClasses::default(), &[]);
        }
    }

    fn end(&mut self, source: &'static str) {
        match source {
            "" => {}
            "table" => self.close_nearest(|open| open.source == source, |_| false),
            // Only of the nearest table.
            "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th" => {
                self.close_nearest(|open| open.source == source, |name| name == "table");
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.close_nearest(|open| is_heading(open.name), in_table);
            }
            _ => self.close_nearest(|open| open.source == source, in_table),
        }
    }

    /// The innermost open element that matches, up to one that separates.
    fn nearest(
        &self,
        matches: impl Fn(&OpenElement) -> bool,
        separates: impl Fn(&str) -> bool,
    ) -> Option<usize> {
        for (at, open) in self.html.open().iter().enumerate().rev() {
            if matches(open) {
                return Some(at);
            }
            if separates(open.name) {
                return None;
            }
        }
        None
    }

    fn close_nearest(
        &mut self,
        matches: impl Fn(&OpenElement) -> bool,
        separates: impl Fn(&str) -> bool,
    ) {
        if let Some(at) = self.nearest(matches, separates) {
            self.html.close_to(at);
        }
    }
}
