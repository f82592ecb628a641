//! Elements and text of ours, and how they are written as HTML.

/// A piece of the analysis.
#[derive(Debug)]
pub enum Node<'a> {
    /// HTML's text: its character references are encoded. It may hold `<` that begin no tag.
    Text(&'a str),
    Words(String),
    Element(Element<'a>),
}

#[derive(Debug, Default)]
pub struct Element<'a> {
    /// Empty for the root, which only holds the others.
    pub name: &'static str,
    pub classes: Vec<&'static str>,
    pub attributes: Vec<(&'static str, String)>,
    pub children: Vec<Node<'a>>,
}

impl<'a> Element<'a> {
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Words(_) => None,
        })
    }

    pub fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element<'a>> {
        self.children.iter_mut().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Words(_) => None,
        })
    }

    /// As HTML; the depth of the tree is limited by who builds it.
    pub fn write(&self, html: &mut String) {
        if self.name.is_empty() {
            return self.write_children(html);
        }
        html.push('<');
        html.push_str(self.name);
        if !self.classes.is_empty() {
            write_attribute("class", &self.classes.join(" "), html);
        }
        for (name, value) in &self.attributes {
            write_attribute(name, value, html);
        }
        html.push('>');
        if !matches!(self.name, "br" | "hr" | "img") {
            self.write_children(html);
            html.push_str("</");
            html.push_str(self.name);
            html.push('>');
        }
    }

    fn write_children(&self, html: &mut String) {
        for child in &self.children {
            match child {
                Node::Text(text) => push_encoded_text(text, html),
                Node::Words(words) => push_words(words, html),
                Node::Element(element) => element.write(html),
            }
        }
    }

    /// Only the text of it, as HTML, a line for each block.
    pub fn write_text(&self, html: &mut String) {
        for child in &self.children {
            match child {
                Node::Text(text) => push_encoded_text(text, html),
                Node::Words(words) => push_words(words, html),
                Node::Element(element) => element.write_text(html),
            }
        }
        if matches!(
            self.name,
            "p" | "div"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "blockquote"
                | "pre"
                | "li"
                | "dt"
                | "dd"
                | "caption"
                | "tr"
                | "br"
                | "hr"
        ) {
            html.push('\n');
        } else if matches!(self.name, "td" | "th") {
            html.push('\t');
        }
    }
}

fn write_attribute(name: &str, value: &str, html: &mut String) {
    html.push(' ');
    html.push_str(name);
    html.push_str("=\"");
    push_words(value, html);
    html.push('"');
}

/// Text whose character references stay encoded as they are.
fn push_encoded_text(text: &str, html: &mut String) {
    push_replaced(text, html, |c| match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    });
}

/// Text that has no character references.
fn push_words(words: &str, html: &mut String) {
    push_replaced(words, html, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        _ => None,
    });
}

fn push_replaced(text: &str, html: &mut String, replacement: fn(char) -> Option<&'static str>) {
    let mut from = 0;
    for (at, character) in text.char_indices() {
        if let Some(replacement) = replacement(character) {
            html.push_str(&text[from..at]);
            html.push_str(replacement);
            from = at + character.len_utf8();
        }
    }
    html.push_str(&text[from..]);
}

/// How many steps the serializer may take over one text: its bytes times the characters that it encodes.
const COSTLIEST: usize = 1 << 22;

/// Parts long texts by empty elements where they are full of characters that have to be encoded: html5ever's
/// serializer (0.40) looks through the rest of a text for each of them, which took minutes for 400 KB of `&amp`.
pub fn part_costly_texts(html: &str) -> String {
    let mut parted = String::with_capacity(html.len());
    let (mut in_tag, mut from, mut start, mut encoded) = (false, 0, 0, 0);
    for (at, byte) in html.bytes().enumerate() {
        match byte {
            b'<' => in_tag = true,
            b'>' => (in_tag, start, encoded) = (false, at, 0),
            // `&` begins a character reference, 0xC2 a character such as `·`: neither stands inside of one.
            b'&' | 0xC2 if !in_tag => {
                encoded += 1;
                if encoded * (at - start) > COSTLIEST {
                    parted.push_str(&html[from..at]);
                    parted.push_str("<span></span>");
                    (from, start, encoded) = (at, at, 0);
                }
            }
            _ => {}
        }
    }
    parted.push_str(&html[from..]);
    parted
}
