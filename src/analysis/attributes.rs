//! Reads the attributes of a tag.

use std::borrow::Cow;

/// The attributes that mean something to this module; all others end here.
const ATTRIBUTES: [&str; 10] = [
    "align", "alt", "bgcolor", "color", "colspan", "href", "rowspan", "src", "style", "valign",
];

/// Reads the attributes of a tag, by the rules of browsers.
pub struct Attributes<'a> {
    text: &'a str,
    /// How far it has read.
    pub at: usize,
    pub found: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> Attributes<'a> {
    /// For a tag at the beginning of the text, whose name ends at a place.
    pub fn new(text: &'a str, at: usize) -> Self {
        let found = Vec::new();
        Self { text, at, found }
    }

    /// False when it never ends, or when no one writes tags like this: `if (i <b && c> d)`.
    pub fn reach_end(&mut self) -> bool {
        loop {
            self.skip(|c| c.is_ascii_whitespace() || c == '/');
            match self.peek() {
                None => return false,
                Some('>') => {
                    self.at += 1;
                    return true;
                }
                Some('=') => self.at += 1,
                Some(_) => {}
            }
            let name = self.take(|c| !c.is_ascii_whitespace() && !matches!(c, '/' | '>' | '='));
            if name.contains(|c: char| c.is_ascii_punctuation() && !"\"':-_.@`".contains(c)) {
                return false;
            }
            let here = self.at;
            self.skip(|c| c.is_ascii_whitespace());
            if self.peek() != Some('=') {
                self.at = here;
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

    /// What follows the `=`; `None` when its quotes never end.
    fn value(&mut self) -> Option<&'a str> {
        self.skip(|c| c.is_ascii_whitespace());
        match self.peek() {
            Some(quote @ ('"' | '\'')) => {
                self.at += 1;
                let value = self.take(|c| c != quote);
                self.peek()?;
                self.at += 1;
                Some(value)
            }
            _ => Some(self.take(|c| !c.is_ascii_whitespace() && c != '>')),
        }
    }

    /// The first of each name counts, as it does to browsers.
    fn keep(&mut self, name: &str, value: &'a str) {
        let known = ATTRIBUTES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known
            && self.found.iter().all(|(found, _)| found != known)
        {
            self.found.push((known, decode(value)));
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.take(skipped);
    }

    fn take(&mut self, taken: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !taken(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }
}

/// Decodes the character references that editors write into attributes. Any other stays as it is written,
/// which is harmless: the value is encoded again as a whole, and checked in that form.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return value.into();
    }
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest.bytes().take(10).position(|byte| byte == b';');
        let (character, length) = reference
            .and_then(|end| Some((character(&rest[1..end])?, end + 1)))
            .unwrap_or(('&', 1));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded.into()
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
