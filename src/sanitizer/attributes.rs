//! Reads the attributes of a tag.

use std::borrow::Cow;

use super::references::decode;

/// Names and decoded values.
pub type Attributes<'a> = Vec<(&'static str, Cow<'a, str>)>;

/// All other attributes are dropped.
const ATTRIBUTES: [&str; 10] = [
    "align", "alt", "bgcolor", "color", "colspan", "href", "rowspan", "src", "style", "valign",
];

/// Follows the rules of browsers.
pub struct AttributeReader<'a> {
    text: &'a str,
    /// Bytes read.
    pub at: usize,
    pub attributes: Attributes<'a>,
}

impl<'a> AttributeReader<'a> {
    /// For a tag at the start of `text`, whose name ends at `at`.
    pub fn new(text: &'a str, at: usize) -> Self {
        let attributes = Vec::new();
        Self {
            text,
            at,
            attributes,
        }
    }

    /// `false` for an unclosed tag, and for text that resembles one: `if (i <b && c> d)`.
    pub fn read_to_end(&mut self) -> bool {
        loop {
            self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
            match self.peek() {
                None => return false,
                Some(b'>') => {
                    self.at += 1;
                    return true;
                }
                Some(b'=') => self.at += 1,
                Some(_) => {}
            }
            let name = self
                .skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'='));
            if name
                .bytes()
                .any(|byte| byte.is_ascii_punctuation() && !b"\"':-_.@`".contains(&byte))
            {
                return false;
            }
            let end_of_name = self.at;
            self.skip_blanks();
            if self.peek() != Some(b'=') {
                self.at = end_of_name;
                self.keep(name, "");
                continue;
            }
            self.at += 1;
            match self.value() {
                Some(value) => self.keep(name, value),
                None => return false,
            }
        }
    }

    /// The value after `=`; `None` without a closing quote.
    fn value(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return Some(self.skip(|byte| !byte.is_ascii_whitespace() && byte != b'>'));
        };
        let rest = &self.text[self.at + 1..];
        let Some(length) = rest.find(char::from(quote)) else {
            self.at = self.text.len();
            return None;
        };
        self.at += length + 2;
        Some(&rest[..length])
    }

    /// The first of each name counts, as in browsers.
    fn keep(&mut self, name: &str, value: &'a str) {
        let known = ATTRIBUTES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known
            && self.attributes.iter().all(|(kept, _)| kept != known)
        {
            self.attributes.push((known, decode(value)));
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        self.skip(|byte| byte.is_ascii_whitespace());
    }

    /// Skips bytes and returns them. It stops at ASCII, so never within a character.
    fn skip(&mut self, is_skipped: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(|byte| !is_skipped(byte));
        let skipped = &rest[..length.unwrap_or(rest.len())];
        self.at += skipped.len();
        skipped
    }
}
