//! The sanitizer: makes safe HTML from upstream HTML.
//!
//! Every part of a ticket is such HTML: it can hold an attacker's input. `tokenizer` tells text from tags.
//! `tree_builder` writes known elements, well nested, with a fixed set of classes (`style_classes`) in place of styles.
//! `allowlist` parses that by the browser's rules and cleans it with ammonia. The first two steps are for readers;
//! safety rests on the last alone.

mod allowlist;
mod attributes;
mod color;
mod elements;
mod html_writer;
mod references;
mod style_classes;
mod table_header;
mod ticket;
mod tokenizer;
mod tree_builder;
mod urls;

use std::fmt;

use askama::filters::HtmlSafe;

use elements::{is_block, is_cell};
use html_writer::{HtmlWriter, push_encoded};
use references::decode;
pub use style_classes::CLASSES;
use style_classes::StyleClasses;
pub use ticket::{SafeTicket, Sanitizer};
use tokenizer::{Token, Tokenizer};
use tree_builder::TreeBuilder;

/// Incremented when the output of [`sanitize`] changes: a stored result of another version is computed again.
pub const SANITIZER_VERSION: u32 = 1;

/// Source bytes of all parts of a ticket together; browsers display more badly. The HTML may have half as many, plus
/// images.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// HTML that a template may print unescaped. Only this module creates it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeHtml {
    html: String,
    is_truncated: bool,
}

/// Sanitizes upstream HTML or plain text.
///
/// A text without a known tag is plain: it keeps its line breaks. Character references such as `&lt;` are decoded in
/// both.
#[must_use]
pub fn sanitize(source: &str) -> SafeHtml {
    sanitize_within(source, MAX_BYTES)
}

/// The text of upstream HTML, for a heading: a nested heading would end it, tables and images are wider than it.
#[must_use]
pub fn title(source: &str) -> SafeHtml {
    title_within(source, MAX_BYTES)
}

fn sanitize_within(source: &str, max_bytes: usize) -> SafeHtml {
    let shown = &source[..source.floor_char_boundary(max_bytes)];
    let mut tokens = Tokenizer::new(shown).peekable();
    let is_plain = match tokens.peek() {
        None => true,
        Some(Token::Text(text)) => text.len() == shown.len(),
        Some(_) => false,
    };
    let (html, is_truncated) = if is_plain {
        plain(shown, max_bytes / 2)
    } else {
        TreeBuilder::new(max_bytes / 2).build(tokens)
    };
    SafeHtml {
        html: allowlist::clean(&html),
        is_truncated: is_truncated || shown.len() < source.len(),
    }
}

fn plain(text: &str, max_bytes: usize) -> (String, bool) {
    let text = text.trim();
    let mut writer = HtmlWriter::new(max_bytes);
    if text.contains(['\n', '\r', '\t']) || text.contains("  ") {
        writer.push("", "span", &StyleClasses::verbatim(), &[]);
    }
    writer.text(text);
    writer.finish()
}

fn title_within(source: &str, max_bytes: usize) -> SafeHtml {
    let html = sanitize_within(source, max_bytes);
    let text = html.plain_text();
    let words: Vec<_> = text.split_whitespace().collect();
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, &words.join(" "));
    let mut title = sanitize_within(&encoded, max_bytes);
    title.is_truncated |= html.is_truncated;
    title
}

impl SafeHtml {
    /// What [`Self::as_str`] and [`Self::is_truncated`] said when it was stored. `None` when another version of the
    /// sanitizer made it.
    #[must_use]
    pub fn from_stored(html: &str, is_truncated: bool, version: u32) -> Option<Self> {
        (version == SANITIZER_VERSION).then(|| Self {
            html: html.to_owned(),
            is_truncated,
        })
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.html
    }

    /// Whether the source was longer than the limit.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    /// Whether nothing in it is visible.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let is_blank = |text: &str| text.split("&nbsp;").all(|part| part.chars().all(is_blank));
        self.pieces().all(|(_, text)| is_blank(text))
            && !self.html.contains("<img ")
            && !self.html.contains("an-no-image")
    }

    /// The visible text, for searches: a line for each block, a space between cells.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let mut plain = String::with_capacity(self.html.len());
        let mut separator = "";
        for (tag, text) in self.pieces() {
            let name = tag.trim_start_matches('/').split(' ').next();
            match name.unwrap_or_default() {
                "br" | "tr" | "caption" => separator = "\n",
                name if is_block(name) => separator = "\n",
                name if is_cell(name) && separator.is_empty() => separator = " ",
                _ => {}
            }
            if !text.is_empty() {
                if !plain.is_empty() {
                    plain.push_str(separator);
                }
                plain.push_str(&decode(text));
                separator = "";
            }
        }
        plain
    }

    /// Each tag without its brackets, and the text after it: in clean HTML `<` and `>` occur only in tags.
    fn pieces(&self) -> impl Iterator<Item = (&str, &str)> {
        let pieces = self.html.split('<');
        pieces.map(|piece| piece.split_once('>').unwrap_or(("", piece)))
    }

    /// A second pass of the allow-list; any change is a hole (`tests/sanitizer/`).
    #[must_use]
    pub fn cleaned_again(&self) -> String {
        allowlist::clean(&self.html)
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.html)
    }
}

impl HtmlSafe for SafeHtml {}
