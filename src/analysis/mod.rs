//! The sanitiser: makes HTML of ours from HTML of a stranger.
//!
//! Every part of a ticket is such HTML (SECMON.md, "The analysis HTML"): it can hold what an attacker sent.
//! It goes through four steps. `source` tells text from tags, `build` makes a tree of the elements that are known,
//! with classes of ours (`look`) in place of styles, `tree` writes that, and `strict` cleans it by an allow-list
//! over the browser's own rules. The first three are about what a reader sees; safety rests on the last alone.

mod address;
mod attributes;
mod build;
mod colour;
mod finish;
mod look;
mod names;
mod source;
mod strict;
mod tree;

use std::fmt;

use askama::filters::HtmlSafe;

pub use look::CLASSES;
use source::Piece;
use tree::Element;

/// More of one part is cut off: a browser would not show it well, and reading it takes the server time.
pub const LONGEST: usize = 2 * 1024 * 1024;

/// HTML that a page may print as it is. [`sanitise`] alone makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    /// Nothing in it can be seen: no image, and no character but blanks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        // In clean HTML `<` and `>` stand for nothing but tags.
        let image = self.0.contains("<img ") || self.0.contains("an-no-image");
        let mut in_tag = false;
        let text: String = self
            .0
            .chars()
            .filter(|&character| {
                in_tag = character != '>' && (in_tag || character == '<');
                !in_tag && character != '>'
            })
            .collect();
        !image && text.replace("&nbsp;", "").chars().all(is_blank)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the allow-list makes of it once more; anything but the same is a hole (`tests/proof/`).
    #[must_use]
    pub fn cleaned_again(&self) -> Option<String> {
        strict::clean(&self.0)
    }
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for SafeHtml {}

/// Was a part so long that its end is missing.
#[must_use]
pub fn is_cut(html: &str) -> bool {
    html.len() > LONGEST
}

/// Makes HTML, or plain text, of a stranger fit for a page of ours.
///
/// A text without a single tag that HTML knows is plain: it stays the same text, with its line breaks.
/// A character reference such as `&lt;` is read as HTML in both.
#[must_use]
pub fn sanitise(html: &str) -> SafeHtml {
    let html = shown(html);
    let Some(tree) = tree(html) else {
        return SafeHtml(plain(html));
    };
    let mut html = String::new();
    tree.write(&mut html);
    let clean = strict::clean(&tree::part_costly_texts(&html)).unwrap_or_else(|| {
        let mut text = String::new();
        tree.write_text(&mut text);
        plain(&text)
    });
    SafeHtml(clean)
}

/// The words of a stranger's HTML, for a heading: in one, elements would leave the box that it is. A browser ends
/// an `h1` where another heading begins, and tables and images are wider than it.
#[must_use]
pub fn title(html: &str) -> SafeHtml {
    let html = shown(html);
    let Some(tree) = tree(html) else {
        return SafeHtml(plain(html));
    };
    let mut text = String::new();
    tree.write_text(&mut text);
    let words: Vec<&str> = text.split_whitespace().collect();
    SafeHtml(plain(&words.join(" ")))
}

fn shown(html: &str) -> &str {
    &html[..html.floor_char_boundary(LONGEST)]
}

/// `None` when the text is plain.
fn tree(html: &str) -> Option<Element<'_>> {
    let pieces = source::read(html);
    let is_plain = pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
    (!is_plain).then(|| build::build(pieces))
}

/// Plain text as HTML. Of what HTML could take for something else only character references are left.
fn plain(text: &str) -> String {
    let text = text.trim();
    let mut html = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' if !is_reference(&text[at..]) => html.push_str("&amp;"),
            _ => html.push(character),
        }
    }
    if text.contains(['\n', '\r', '\t']) || text.contains("  ") {
        html = format!("<span class=\"an-text\">{html}</span>");
    }
    // Text and one element that may stand anywhere: cleaning that once more never changes it.
    strict::clean(&tree::part_costly_texts(&html)).unwrap_or_default()
}

/// `&name;`, `&#1;` or `&#x1;`. Without its `;` it is text: `?a=1&copy=2`.
fn is_reference(text: &str) -> bool {
    let length = text
        .bytes()
        .skip(1)
        .take(32)
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
        .count();
    length > 0 && text.as_bytes().get(length + 1) == Some(&b';')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fragment() -> impl Strategy<Value = String> {
        let name = "(a|b|p|div|span|font|h1|h2|li|ul|dl|dd|table|caption|thead|tr|td|th|pre|br|code|svg|form)";
        let open = format!("<{name}( href=http://a)?( style=color:red)?( class=an-text)?>");
        prop_oneof![
            prop::string::string_regex(&open).expect("a pattern"),
            prop::string::string_regex(&format!("</{name}>")).expect("a pattern"),
            "[ -~\n]{0,6}",
        ]
    }

    proptest! {
        #[test]
        fn cleaning_a_clean_text_again_changes_nothing(
            fragments in prop::collection::vec(fragment(), 0..40)
        ) {
            let clean = sanitise(&fragments.concat()).to_string();
            prop_assert_eq!(strict::clean(&clean), Some(clean));
        }

        /// Else a reader would get bare text in place of a table.
        #[test]
        fn what_is_built_has_a_clean_form(
            fragments in prop::collection::vec(fragment(), 0..40)
        ) {
            let source = fragments.concat();
            let mut html = String::new();
            build::build(source::read(&source)).write(&mut html);
            prop_assert!(strict::clean(&html).is_some(), "{}", html);
        }
    }

    #[test]
    fn a_class_of_ours_that_a_stranger_wrote_is_not_ours() {
        let html = sanitise("<p class='an-shade an-center'>x</p>");
        assert_eq!(html.as_str(), "<p>x</p>");
    }

    #[test]
    fn a_text_that_is_too_long_ends_where_a_character_ends() {
        let long = "가".repeat(LONGEST);
        assert!(is_cut(&long));
        assert_eq!(sanitise(&long).as_str().len(), LONGEST - LONGEST % 3);
    }
}
