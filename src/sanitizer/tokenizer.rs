//! Splits upstream text into text, start tags and end tags, in linear time.
//!
//! It runs before the HTML parser of the allow-list, which takes quadratic time over a tag with many attributes and
//! forgets how an unknown tag was spelled.

use super::{
    attributes::{AttributeReader, Attributes},
    elements::{Action, Element, lookup},
};

#[derive(Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// With encoded character references.
    Text(&'a str),
    Start(Tag<'a>),
    End(&'static str),
    /// A comment, or an element removed with its content.
    Nothing,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    pub element: Element,
    attributes: Attributes<'a>,
}

impl Tag<'_> {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }
}

/// Bytes that may be searched in vain for the end of a tag or comment, as a multiple of the text's length; the rest is
/// then text. Without this bound a text full of beginnings takes quadratic time.
const MAX_FAILED_SEARCHES: usize = 8;

/// An unknown element within a drawing or formula.
const DRAWING_PART: Element = Element {
    name: "",
    action: Action::Unwrap,
};

/// The tokens of a text. Text tokens never follow each other.
pub struct Tokenizer<'a> {
    text: &'a str,
    /// Where the next token begins.
    from: usize,
    /// The token after the text just returned.
    next: Option<Token<'a>>,
    /// Bytes that may still be searched in vain.
    patience: usize,
    in_drawing: bool,
}

impl<'a> Tokenizer<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            from: 0,
            next: None,
            patience: MAX_FAILED_SEARCHES * text.len(),
            in_drawing: false,
        }
    }

    /// The text before the next markup, and that markup.
    fn advance(&mut self) -> (&'a str, Option<Token<'a>>) {
        let mut at = self.from;
        while self.patience > 0
            && let Some(found) = self.text[at..].find('<')
        {
            let start = at + found;
            match markup(&self.text[start..], self.in_drawing) {
                Markup::Token { token, length } => {
                    let text = &self.text[self.from..start];
                    self.from = start + length;
                    return (text, Some(token));
                }
                Markup::Text { searched } => {
                    self.patience = self.patience.saturating_sub(searched);
                    at = start + 1;
                }
            }
        }
        let text = &self.text[self.from..];
        self.from = self.text.len();
        (text, None)
    }
}

impl<'a> Iterator for Tokenizer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(token) = self.next.take() {
            return Some(token);
        }
        let (text, token) = self.advance();
        match &token {
            Some(Token::Start(tag)) if matches!(tag.element.name, "svg" | "math") => {
                self.in_drawing = true;
            }
            Some(Token::End("svg" | "math")) => self.in_drawing = false,
            _ => {}
        }
        if text.is_empty() {
            return token;
        }
        self.next = token;
        Some(Token::Text(text))
    }
}

/// Markup that starts with `<`.
enum Markup<'a> {
    Token {
        token: Token<'a>,
        length: usize,
    },
    /// No markup, by a search of so many bytes.
    Text {
        searched: usize,
    },
}

impl Markup<'_> {
    fn nothing(length: usize) -> Self {
        let token = Token::Nothing;
        Self::Token { token, length }
    }
}

/// Reads the markup at the start of a text.
fn markup(text: &str, in_drawing: bool) -> Markup<'_> {
    match text.as_bytes().get(1) {
        Some(b'a'..=b'z' | b'A'..=b'Z') => start_tag(text, in_drawing),
        Some(b'/') => end_tag(text, in_drawing),
        Some(b'!') => declaration(text),
        Some(b'?') if starts_with(text, "<?xml") => up_to(text, ">"),
        _ => Markup::Text { searched: 0 },
    }
}

/// `<?php` and `<!important` are text; comments, document types and Office's `<![if …]>` are not.
fn declaration(text: &str) -> Markup<'_> {
    if text.starts_with("<!--") {
        // Browsers end a comment at these two as well.
        let mut empty = ["<!-->", "<!--->"].into_iter();
        match empty.find(|empty| text.starts_with(empty)) {
            Some(empty) => Markup::nothing(empty.len()),
            None => up_to(text, "-->"),
        }
    } else if text.starts_with("<![") || starts_with(text, "<!doctype") {
        up_to(text, ">")
    } else {
        Markup::Text { searched: 0 }
    }
}

fn up_to<'a>(text: &str, end: &str) -> Markup<'a> {
    match text.find(end) {
        Some(found) => Markup::nothing(found + end.len()),
        None => Markup::Text {
            searched: text.len(),
        },
    }
}

fn element(name: &str, in_drawing: bool) -> Option<Element> {
    lookup(name).or(in_drawing.then_some(DRAWING_PART))
}

fn end_tag(text: &str, in_drawing: bool) -> Markup<'_> {
    let length = name_length(&text[2..]);
    let Some(element) = element(&text[2..2 + length], in_drawing) else {
        return Markup::Text { searched: length };
    };
    match text.find('>') {
        Some(end) => Markup::Token {
            token: Token::End(element.name),
            length: end + 1,
        },
        None => Markup::Text {
            searched: text.len(),
        },
    }
}

fn start_tag(text: &str, in_drawing: bool) -> Markup<'_> {
    let length = name_length(&text[1..]);
    let Some(element) = element(&text[1..=length], in_drawing) else {
        return Markup::Text { searched: length };
    };
    let mut reader = AttributeReader::new(text, 1 + length);
    if !reader.read_to_end() {
        return Markup::Text {
            searched: reader.at,
        };
    }
    let length = reader.at;
    if element.action == Action::Remove {
        return match content_length(&text[length..], element.name) {
            Some(content) => Markup::nothing(length + content),
            // To a browser the rest of the text is its content; it must not be hidden.
            None => Markup::Text {
                searched: text.len(),
            },
        };
    }
    let attributes = reader.attributes;
    let token = Token::Start(Tag {
        element,
        attributes,
    });
    Markup::Token { token, length }
}

/// By the rules of browsers.
fn name_length(text: &str) -> usize {
    let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'<');
    text.bytes().position(ends).unwrap_or(text.len())
}

/// Length of a raw text element's content, up to its end tag.
fn content_length(text: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find("</") {
        at += found + 2;
        if starts_with(&text[at..], name) && name_length(&text[at..]) == name.len() {
            return Some(at - 2);
        }
    }
    None
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}
