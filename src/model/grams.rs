//! Grams: the words of the search index. They narrow a search; the text in normal form decides.
//!
//! A text in normal form is cut at its spaces and where ASCII meets other characters. A piece of other characters, Hangul
//! for one, yields each character and each pair. A piece of ASCII yields each run of three, punctuation included, and
//! its last two and last one, so that a prefix finds every fragment. ASCII punctuation `c` is written as the letter
//! U+0100 + `c`: both engines take a gram as one word, and nothing needs quoting.

use std::collections::BTreeSet;

/// The characters of a gram, with NUL after the last: normal forms hold none.
type Characters = [char; 3];

const PUNCTUATION: u32 = 0x100;

/// The grams that a row needs in the index for its text to contain a term.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gram {
    Whole(String),
    Prefix(String),
}

/// The words of the index for a text in normal form, separated by spaces.
#[must_use]
pub fn text_grams(normal: &str) -> String {
    let mut grams: Vec<Characters> = Vec::with_capacity(normal.len());
    for piece in pieces(normal) {
        if piece.is_ascii() {
            let bytes = piece.as_bytes();
            grams.extend(bytes.windows(3).map(ascii));
            grams.extend((1..=2.min(bytes.len())).map(|tail| ascii(&bytes[bytes.len() - tail..])));
        } else {
            let mut last = None;
            for c in piece.chars() {
                grams.push([c, '\0', '\0']);
                grams.extend(last.map(|last| [last, c, '\0']));
                last = Some(c);
            }
        }
    }
    grams.sort_unstable();
    grams.dedup();
    let mut words = String::with_capacity(grams.len() * 5);
    for gram in grams {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(gram.iter().filter(|c| **c != '\0'));
    }
    words
}

/// The grams of a search term in normal form; every text that holds the term has all of them.
#[must_use]
pub fn term_grams(term: &str) -> BTreeSet<Gram> {
    let mut grams = BTreeSet::new();
    for piece in pieces(term) {
        let characters: Vec<char> = piece.chars().map(letter).collect();
        let gram = |run: &[char]| run.iter().collect::<String>();
        let size = if piece.is_ascii() { 3 } else { 2 };
        if characters.len() >= size {
            grams.extend(characters.windows(size).map(|run| Gram::Whole(gram(run))));
        } else if piece.is_ascii() {
            grams.insert(Gram::Prefix(gram(&characters)));
        } else {
            grams.insert(Gram::Whole(gram(&characters)));
        }
    }
    grams
}

/// Whether the index alone decides: the term is one gram with a unique spelling.
#[must_use]
pub fn is_exact(term: &str) -> bool {
    let is_ascii = term.is_ascii();
    let is_piece = !term.is_empty() && !term.contains(' ');
    let is_letter = |c: char| !c.is_ascii() && !(0x100..0x180).contains(&u32::from(c));
    is_piece
        && match term.chars().count() {
            1 | 2 => term.chars().all(is_letter),
            length => length == 3 && is_ascii,
        }
}

/// The word of the index that all texts of a team share. No text has it: U+0100 is a capital letter.
#[must_use]
pub fn team_gram(number: i64) -> String {
    format!("\u{100}{number}")
}

fn pieces(normal: &str) -> impl Iterator<Item = &str> {
    normal.split(' ').flat_map(|word| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let is_ascii = rest.chars().next()?.is_ascii();
            let end = rest.find(|c: char| c.is_ascii() != is_ascii);
            let (piece, behind) = rest.split_at(end.unwrap_or(rest.len()));
            rest = behind;
            Some(piece)
        })
    })
}

fn ascii(bytes: &[u8]) -> Characters {
    let mut gram = ['\0'; 3];
    for (place, byte) in gram.iter_mut().zip(bytes) {
        *place = letter(char::from(*byte));
    }
    gram
}

fn letter(c: char) -> char {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        char::from_u32(PUNCTUATION + u32::from(c)).unwrap_or(c)
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::model::normalize;

    use super::*;

    #[test]
    fn grams_of_a_text_are_pairs_of_hangul_and_runs_of_ascii() {
        assert_eq!(text_grams("침해 a.b"), "aĮb b Įb 침 침해 해");
        assert_eq!(text_grams("웹shell"), "ell hel l ll she 웹");
        assert_eq!(text_grams(""), "");
    }

    #[test]
    fn grams_of_a_term_ask_for_a_prefix_when_it_is_short() {
        let grams = |term: &str| Vec::from_iter(term_grams(term));
        let whole = |text: &str| Gram::Whole(text.to_owned());
        let prefix = |text: &str| Gram::Prefix(text.to_owned());
        assert_eq!(grams("뷁"), [whole("뷁")]);
        assert_eq!(grams("침해사"), [whole("침해"), whole("해사")]);
        assert_eq!(grams("44"), [prefix("44")]);
        assert_eq!(grams("웹 10.1"), [whole("0Į1"), whole("10Į"), whole("웹")]);
        assert_eq!(grams(" "), []);
    }

    #[test]
    fn term_is_exact_when_it_is_one_gram() {
        for term in ["뷁", "공격", "cve", "a.b"] {
            assert!(is_exact(term), "{term}");
        }
        for term in ["", "a", "44", "침해사", "가a", "가 나", "įį", "abcd", "é.b"] {
            assert!(!is_exact(term), "{term}");
        }
    }

    fn holds(words: &str, gram: &Gram) -> bool {
        words.split(' ').any(|word| match gram {
            Gram::Whole(gram) => word == gram,
            Gram::Prefix(gram) => word.starts_with(gram.as_str()),
        })
    }

    proptest! {
        /// The lemma that searching rests on.
        #[test]
        fn every_fragment_of_a_text_has_its_grams(
            text in "[ -~가-깋\u{1100}-\u{1112}\u{1161}-\u{1175}į！-～\u{a0}🦀]{0,40}",
            start in 0_usize..40,
            length in 1_usize..12,
        ) {
            let normal = normalize(&text);
            let words = text_grams(&normal);
            let term: String = normal.chars().skip(start).take(length).collect();
            let grams = term_grams(&term);
            prop_assert!(grams.iter().all(|gram| holds(&words, gram)), "{term:?} of {normal:?}");
            prop_assert!(words.split(' ').all(|word| word.chars().all(char::is_alphanumeric) || word.contains('🦀')));
        }

        #[test]
        fn exact_term_is_in_the_text_when_its_gram_is(
            text in "[ab./가나įĮ ]{0,12}",
            term in "[ab./]{3}|[가나]{1,2}",
        ) {
            prop_assert!(is_exact(&term));
            let normal = normalize(&text);
            let words = text_grams(&normal);
            let has_grams = term_grams(&term).iter().all(|gram| holds(&words, gram));
            prop_assert_eq!(has_grams, normal.contains(&term));
        }
    }
}
