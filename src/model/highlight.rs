//! Search matches in a text, for `<mark>` and excerpts.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::{SearchTerms, normalize};

/// A piece of a text that is shown with its matches marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    pub text: String,
    pub is_match: bool,
}

/// The byte ranges of a text that match a term, in order and apart from each other.
#[must_use]
pub fn match_ranges(text: &str, terms: &SearchTerms) -> Vec<Range<usize>> {
    let normal = AlignedText::new(text);
    let mut found: Vec<Range<usize>> = terms
        .wanted()
        .iter()
        .flat_map(|term| normal.text.match_indices(term.as_str()))
        .map(|(at, term)| normal.original(at..at + term.len()))
        .collect();
    found.sort_unstable_by_key(|range| (range.start, range.end));
    found.dedup_by(|next, range| {
        let overlaps = next.start <= range.end;
        if overlaps {
            range.end = range.end.max(next.end);
        }
        overlaps
    });
    found
}

/// The whole text with its matches.
#[must_use]
pub fn highlight(text: &str, terms: &SearchTerms) -> Vec<Fragment> {
    fragments(text, 0..text.len(), &match_ranges(text, terms))
}

/// The part of a text around its first match, about `length` characters long; `None` without a match.
#[must_use]
pub fn excerpt(text: &str, terms: &SearchTerms, length: usize) -> Option<Vec<Fragment>> {
    let ranges = match_ranges(text, terms);
    let first = ranges.first()?;
    let before = text[..first.start].char_indices().rev().take(length / 3);
    let start = before.last().map_or(first.start, |(at, _)| at);
    let end = text[start..].char_indices().nth(length);
    let end = end.map_or(text.len(), |(at, _)| start + at).max(first.end);
    let mut shown = fragments(text, start..end, &ranges);
    if start > 0 {
        shown.insert(0, ellipsis());
    }
    if end < text.len() {
        shown.push(ellipsis());
    }
    Some(shown)
}

fn ellipsis() -> Fragment {
    Fragment {
        text: "…".to_owned(),
        is_match: false,
    }
}

fn fragments(text: &str, shown: Range<usize>, ranges: &[Range<usize>]) -> Vec<Fragment> {
    let mut fragments = Vec::new();
    let mut push = |range: Range<usize>, is_match| {
        if !range.is_empty() {
            let text = text[range].to_owned();
            fragments.push(Fragment { text, is_match });
        }
    };
    let mut at = shown.start;
    for range in ranges.iter().filter(|range| range.start < shown.end) {
        push(at..range.start, false);
        at = range.end.min(shown.end);
        push(range.start..at, true);
    }
    push(at..shown.end, false);
    fragments
}

/// A text in normal form that knows where each of its bytes comes from.
struct AlignedText {
    text: String,
    /// For each byte of `text`, its range in the original.
    origins: Vec<Range<usize>>,
}

impl AlignedText {
    /// Normalizes grapheme cluster by grapheme cluster, so that jamo and accents stay with their letter.
    fn new(original: &str) -> Self {
        let mut aligned = Self {
            text: String::with_capacity(original.len()),
            origins: Vec::with_capacity(original.len()),
        };
        let mut space: Option<Range<usize>> = None;
        for (start, cluster) in original.grapheme_indices(true) {
            let range = start..start + cluster.len();
            let normal = normalize(cluster);
            if normal.is_empty() {
                let is_space = |c: char| c.is_whitespace() || c.is_control();
                if cluster.chars().any(is_space) {
                    let start = space.map_or(range.start, |space: Range<usize>| space.start);
                    space = Some(start..range.end);
                }
                continue;
            }
            if let Some(space) = space.take()
                && !aligned.text.is_empty()
            {
                aligned.push(" ", &space);
            }
            aligned.push(&normal, &range);
        }
        aligned
    }

    fn push(&mut self, normal: &str, origin: &Range<usize>) {
        self.text.push_str(normal);
        let origins = std::iter::repeat_n(origin.clone(), normal.len());
        self.origins.extend(origins);
    }

    /// The original characters of a range that is not empty.
    fn original(&self, range: Range<usize>) -> Range<usize> {
        self.origins[range.start].start..self.origins[range.end - 1].end
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    fn marked(text: &str, typed: &str) -> String {
        let fragments = highlight(text, &SearchTerms::parse(typed));
        fragments
            .into_iter()
            .map(|part| {
                if part.is_match {
                    format!("[{}]", part.text)
                } else {
                    part.text
                }
            })
            .collect()
    }

    #[test]
    fn matches_are_marked_in_the_text_as_written() {
        assert_eq!(marked("원격접속시도", "접속"), "원격[접속]시도");
        assert_eq!(marked("CVE-2021 ＣＶＥ", "cve"), "[CVE]-2021 [ＣＶＥ]");
        assert_eq!(marked("a  b\u{a0}c", "\"a b c\""), "[a  b\u{a0}c]");
        assert_eq!(marked("abcabc", "abc bca"), "[abcabc]");
        assert_eq!(marked("a\u{200b}b c", "ab -c"), "[a\u{200b}b] c");
        assert_eq!(marked("<b>", "없음"), "<b>");
        let nfd: String = "원격접속".nfd().collect();
        let syllable: String = "접속".nfd().collect();
        let expected: String = ["원격", "["]
            .concat()
            .nfd()
            .chain(syllable.chars())
            .collect();
        assert_eq!(marked(&nfd, "접속"), expected + "]");
    }

    #[test]
    fn excerpt_shows_the_first_match_within_its_surroundings() {
        let text = format!("{}침해사고 {}", "가".repeat(100), "나".repeat(100));
        let shown = excerpt(&text, &SearchTerms::parse("해사"), 30).expect("matches");
        let shown: String = shown.into_iter().map(|part| part.text).collect();
        assert_eq!(
            shown,
            format!("…{}침해사고 {}…", "가".repeat(9), "나".repeat(16))
        );
        assert_eq!(excerpt(&text, &SearchTerms::parse("다"), 30), None);
    }

    proptest! {
        #[test]
        fn fragments_put_together_are_the_text(
            text in any::<String>(),
            typed in "[ a-c가나\"-]{0,6}",
        ) {
            let parts = highlight(&text, &SearchTerms::parse(&typed));
            prop_assert_eq!(parts.into_iter().map(|part| part.text).collect::<String>(), text);
        }

        #[test]
        fn found_terms_are_marked(text in "[a-c가-갃 \u{a0}\u{1100}\u{1161}ＡＢ]{0,20}", term in "[a-c가-갃]{1,2}") {
            let terms = SearchTerms::parse(&term);
            let is_found = terms.match_normalized(&normalize(&text));
            prop_assert_eq!(is_found, !match_ranges(&text, &terms).is_empty());
        }
    }
}
