//! Writes elements and text as encoded HTML, and tracks the open elements.

use super::{
    elements::{is_block, is_cell, is_frame},
    references::{character, reference},
    style_classes::StyleClasses,
    table_header::{TableHeader, rename_cells},
};

/// Bounds the parser's memory and the browser's layout.
const MAX_ELEMENTS: usize = 100_000;

/// The serializer of the allow-list (html5ever 0.40) takes quadratic time over a text with many encoded characters, so
/// an empty element divides a text after so many bytes.
const MAX_UNDIVIDED_TEXT: usize = 4096;

const DIVIDER: &str = "<span></span>";

/// An element that later tokens may add to.
pub struct OpenElement {
    /// The name in the source, to match its end tag.
    pub source: &'static str,
    pub name: &'static str,
    /// Where its start tag and its content begin.
    start: usize,
    content: usize,
    /// Whether white space is preserved.
    is_verbatim: bool,
    /// Of a table.
    header: TableHeader,
}

pub struct HtmlWriter {
    html: String,
    open: Vec<OpenElement>,
    elements: usize,
    /// Where the current text begins.
    text: usize,
    /// Neither text nor an inline element follows the last block's edge.
    is_at_edge: bool,
    max_bytes: usize,
    is_truncated: bool,
}

impl HtmlWriter {
    pub fn new(max_bytes: usize) -> Self {
        Self {
            html: String::new(),
            open: Vec::new(),
            elements: 0,
            text: 0,
            is_at_edge: true,
            max_bytes,
            is_truncated: false,
        }
    }

    /// Innermost last.
    pub fn open(&self) -> &[OpenElement] {
        &self.open
    }

    /// The name of the innermost open element.
    pub fn top(&self) -> &'static str {
        self.open.last().map_or("", |open| open.name)
    }

    /// False at the limit.
    pub fn has_room(&mut self) -> bool {
        self.is_truncated |= self.html.len() >= self.max_bytes || self.elements >= MAX_ELEMENTS;
        !self.is_truncated
    }

    /// The HTML with all elements closed, and whether it is truncated.
    pub fn finish(mut self) -> (String, bool) {
        self.close_to(0);
        (self.html, self.is_truncated)
    }

    pub fn push(
        &mut self,
        source: &'static str,
        name: &'static str,
        classes: &StyleClasses,
        attributes: &[(&str, &str)],
    ) {
        if name == "tr"
            && let Some(table) = self.table_above(2)
        {
            let cells = table.header.start_row(classes);
            rename_cells(&mut self.html, &cells);
        }
        let start = self.html.len();
        // A wide table scrolls on its own, and the text around it fits a phone.
        if name == "table" && !self.is_in_table() {
            self.html
                .push_str("<div class=\"an-scroll\" tabindex=\"0\">");
        }
        if matches!(name, "td" | "th")
            && let Some(table) = self.table_above(3)
        {
            table.header.start_cell(name, classes, start);
        }
        self.start_tag(name, classes, attributes);
        self.open.push(OpenElement {
            source,
            name,
            start,
            content: self.html.len(),
            is_verbatim: name == "pre" || classes.is_verbatim() || self.is_verbatim(),
            header: TableHeader::default(),
        });
    }

    /// Writes a start tag alone, for an element without content.
    pub fn start_tag(&mut self, name: &str, classes: &StyleClasses, attributes: &[(&str, &str)]) {
        self.elements += 1;
        self.html.push('<');
        self.html.push_str(name);
        for (number, class) in classes.iter().enumerate() {
            self.html
                .push_str(if number == 0 { " class=\"" } else { " " });
            self.html.push_str(class);
        }
        if classes.iter().next().is_some() {
            self.html.push('"');
        }
        for (name, value) in attributes {
            if *name == "src" {
                self.max_bytes += value.len();
            }
            self.html.extend([" ", name, "=\""]);
            push_encoded(&mut self.html, value);
            self.html.push('"');
        }
        self.html.push('>');
        self.tag_written(name);
    }

    fn tag_written(&mut self, name: &str) {
        self.text = self.html.len();
        self.is_at_edge = name == "br" || is_block(name) || is_cell(name) || is_frame(name);
    }

    /// Writes the placeholder of an image that is not allowed.
    pub fn missing_image(&mut self, alternative: &str) {
        self.elements += 1;
        self.html.push_str("<span class=\"an-no-image\">");
        push_encoded(&mut self.html, alternative);
        self.html.push_str("</span>");
        self.tag_written("span");
    }

    /// Writes text with encoded character references. Collapsible white space is dropped.
    pub fn text(&mut self, mut text: &str) {
        if self.is_at_edge && !self.is_verbatim() {
            text = text.trim_ascii_start();
        }
        if self.is_at_start_of_pre() {
            // Browsers drop the first line break of a `pre`, and another one on each pass.
            text = text.trim_start_matches(['\r', '\n', '\0']);
            if text.starts_with('&') {
                self.html.push_str(DIVIDER);
            }
        }
        self.is_at_edge &= text.is_empty();
        while !text.is_empty() {
            let is_special = |byte: u8| matches!(byte, b'<' | b'>' | b'&' | b'\0' | 0xC2);
            let plain = text.bytes().position(is_special).unwrap_or(text.len());
            let room = self.max_bytes.saturating_sub(self.html.len());
            self.html
                .push_str(&text[..text.floor_char_boundary(plain.min(room))]);
            if plain > room || room == 0 {
                self.is_truncated = true;
                return;
            }
            text = self.special(&text[plain..]);
        }
    }

    /// Writes the first character of a text and returns the rest.
    fn special<'a>(&mut self, text: &'a str) -> &'a str {
        let mut rest = text.chars();
        let character = rest.next();
        // Neither `&` nor a character such as `·` occurs inside a reference.
        let divides = matches!(character, Some('&' | '\u{80}'..='\u{bf}'));
        if divides && self.html.len() - self.text > MAX_UNDIVIDED_TEXT {
            self.html.push_str(DIVIDER);
            self.text = self.html.len();
        }
        match character {
            None | Some('\0') => {}
            Some('<') => self.html.push_str("&lt;"),
            Some('>') => self.html.push_str("&gt;"),
            Some('&') => return self.ampersand(text),
            Some(other) => self.html.push(other),
        }
        rest.as_str()
    }

    fn ampersand<'a>(&mut self, text: &'a str) -> &'a str {
        let Some(name) = reference(text) else {
            self.html.push_str("&amp;");
            return &text[1..];
        };
        let length = name.len() + 2;
        match character(name) {
            // Parsed again, a carriage return is a line feed.
            Some('\r') => self.html.push('\n'),
            _ => self.html.push_str(&text[..length]),
        }
        &text[length..]
    }

    fn is_verbatim(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_verbatim)
    }

    fn is_at_start_of_pre(&self) -> bool {
        let top = self.open.last();
        top.is_some_and(|open| open.name == "pre" && open.content == self.html.len())
    }

    /// Closes all elements but the outermost `length`.
    pub fn close_to(&mut self, length: usize) {
        while self.open.len() > length
            && let Some(element) = self.open.pop()
        {
            self.close(&element);
            self.tag_written(element.name);
        }
    }

    fn close(&mut self, element: &OpenElement) {
        if element.name == "table" && element.content == self.html.len() {
            return self.html.truncate(element.start);
        }
        let end = self.html.len();
        if matches!(element.name, "td" | "th")
            && let Some(table) = self.table_above(3)
        {
            table.header.end_cell(end);
        }
        self.html.extend(["</", element.name, ">"]);
        if element.name == "table" && !self.is_in_table() {
            self.html.push_str("</div>");
        }
    }

    fn is_in_table(&self) -> bool {
        self.open.iter().any(|open| open.name == "table")
    }

    /// The table, `elements` above the next one to open.
    fn table_above(&mut self, elements: usize) -> Option<&mut OpenElement> {
        let at = self.open.len().checked_sub(elements)?;
        self.open.get_mut(at)
    }
}

/// Encodes text for an element or a quoted attribute.
pub fn push_encoded(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}
