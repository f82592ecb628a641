//! Reads a stranger's text as pieces: text, opening tags, closing tags.
//!
//! It stands before the parser that decides what is safe (`strict`), not in its place: that parser takes
//! quadratic time over a tag with many attributes and over nested formatting, and it forgets how an unknown
//! tag was spelled. This reader takes one pass, and what it takes for text is text.

use std::borrow::Cow;

use super::{
    attributes::Attributes,
    names::{Fate, known},
};

#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stood in the source: its character references are still encoded.
    Text(&'a str),
    Open(Tag<'a>),
    Close(&'static str),
    /// A comment, or an element that went with its content.
    Nothing,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    pub name: &'static str,
    pub fate: Fate,
    attributes: Vec<(&'static str, Cow<'a, str>)>,
}

impl Tag<'_> {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }
}

/// How often, in all, a text may be looked through in vain for the end of a tag or comment; then the rest
/// of it counts as text. Without this a text of nothing but beginnings takes quadratic time.
const PATIENCE: usize = 8;

/// The pieces of a text. No tag at all among them means that the text is plain.
pub fn read(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut patience = PATIENCE * text.len();
    let mut drawing = false;
    let mut from = 0;
    let mut at = 0;
    while patience > 0
        && let Some(found) = text[at..].find('<')
    {
        let start = at + found;
        match markup(&text[start..], drawing) {
            Markup::Piece { piece, length } => {
                push_text(&mut pieces, &text[from..start]);
                drawing = in_drawing(drawing, &piece);
                pieces.push(piece);
                at = start + length;
                from = at;
            }
            Markup::Text { looked } => {
                patience = patience.saturating_sub(looked);
                at = start + 1;
            }
        }
    }
    push_text(&mut pieces, &text[from..]);
    pieces
}

/// Unknown elements are parts of a drawing or formula when they stand in one, and not words of a text.
fn in_drawing(before: bool, piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Open(tag) => before || matches!(tag.name, "svg" | "math"),
        Piece::Close("svg" | "math") => false,
        _ => before,
    }
}

fn push_text<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str) {
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
}

/// What a `<` begins.
enum Markup<'a> {
    Piece {
        piece: Piece<'a>,
        length: usize,
    },
    /// No markup, which it took a look at so many bytes to know.
    Text {
        looked: usize,
    },
}

/// What the `<` at the beginning of the text begins.
fn markup(text: &str, drawing: bool) -> Markup<'_> {
    match text.as_bytes().get(1) {
        Some(b'a'..=b'z' | b'A'..=b'Z') => opening(text, drawing),
        Some(b'/') => closing(text, drawing),
        Some(b'!') => declaration(text),
        Some(b'?') if starts_with(text, "<?xml") => up_to(text, ">"),
        _ => Markup::Text { looked: 0 },
    }
}

/// `<?php` and `<!important` are text; comments, document types and Office's `<![if …]>` are not.
fn declaration(text: &str) -> Markup<'_> {
    if text.starts_with("<!--") {
        // Browsers end a comment at these two as well.
        for empty in ["<!-->", "<!--->"] {
            if text.starts_with(empty) {
                return nothing(empty.len());
            }
        }
        up_to(text, "-->")
    } else if text.starts_with("<![") || starts_with(text, "<!doctype") {
        up_to(text, ">")
    } else {
        Markup::Text { looked: 0 }
    }
}

fn nothing<'a>(length: usize) -> Markup<'a> {
    let piece = Piece::Nothing;
    Markup::Piece { piece, length }
}

fn up_to<'a>(text: &str, end: &str) -> Markup<'a> {
    match text.find(end) {
        Some(found) => nothing(found + end.len()),
        None => Markup::Text { looked: text.len() },
    }
}

fn element(name: &str, drawing: bool) -> Option<(&'static str, Fate)> {
    known(name).or(drawing.then_some(("", Fate::Unwrap)))
}

fn closing(text: &str, drawing: bool) -> Markup<'_> {
    let length = name_length(&text[2..]);
    let Some((name, _)) = element(&text[2..2 + length], drawing) else {
        return Markup::Text { looked: length };
    };
    match text.find('>') {
        Some(end) => Markup::Piece {
            piece: Piece::Close(name),
            length: end + 1,
        },
        None => Markup::Text { looked: text.len() },
    }
}

fn opening(text: &str, drawing: bool) -> Markup<'_> {
    let length = name_length(&text[1..]);
    let Some((name, fate)) = element(&text[1..=length], drawing) else {
        return Markup::Text { looked: length };
    };
    let mut reader = Attributes::new(text, 1 + length);
    if !reader.reach_end() {
        return Markup::Text { looked: reader.at };
    }
    let at = reader.at;
    if fate == Fate::Remove {
        return match content_length(&text[at..], name) {
            Some(content) => nothing(at + content),
            // A browser would take all that follows for its content; here it must not hide that.
            None => Markup::Text { looked: text.len() },
        };
    }
    let attributes = reader.found;
    let piece = Piece::Open(Tag {
        name,
        fate,
        attributes,
    });
    Markup::Piece { piece, length: at }
}

/// How far a name reaches, by the rules of browsers.
fn name_length(text: &str) -> usize {
    text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<'))
        .unwrap_or(text.len())
}

/// Up to the tag that closes an element whose content is text.
fn content_length(text: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find("</") {
        at += found + 2;
        let length = name_length(&text[at..]);
        if text[at..at + length].eq_ignore_ascii_case(name) {
            return Some(at - 2);
        }
    }
    None
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|beginning| beginning.eq_ignore_ascii_case(start))
}
