//! Search queries: words, phrases and excluded words.

use super::normalize;

/// The parts of a search text. Several words mean "and", `"a b"` is a phrase, `-word` excludes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchTerms {
    wanted: Vec<String>,
    excluded: Vec<String>,
}

impl SearchTerms {
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let normal = normalize(typed);
        let (mut terms, mut rest) = (Self::default(), normal.as_str());
        while !rest.is_empty() {
            let excluding = rest.strip_prefix('-');
            let excluding = excluding.filter(|term| !term.is_empty() && !term.starts_with(' '));
            let (term, behind) = first_term(excluding.unwrap_or(rest));
            let terms = match excluding {
                Some(_) => &mut terms.excluded,
                None => &mut terms.wanted,
            };
            terms.push(term.to_owned());
            rest = behind.trim_start();
        }
        terms
    }

    /// In normal form.
    #[must_use]
    pub fn wanted(&self) -> &[String] {
        &self.wanted
    }

    /// In normal form.
    #[must_use]
    pub fn excluded(&self) -> &[String] {
        &self.excluded
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.excluded.is_empty()
    }

    /// Whether a text in normal form holds every wanted term and no excluded one.
    #[must_use]
    pub fn match_normalized(&self, text: &str) -> bool {
        let holds = |term: &String| text.contains(term.as_str());
        self.wanted.iter().all(holds) && !self.excluded.iter().any(holds)
    }
}

/// A quoted phrase or a word, and the rest.
fn first_term(text: &str) -> (&str, &str) {
    let phrase = text.strip_prefix('"').and_then(|text| text.split_once('"'));
    let is_whole = |(phrase, behind): &(&str, &str)| {
        !phrase.trim().is_empty() && (behind.is_empty() || behind.starts_with(' '))
    };
    phrase
        .filter(is_whole)
        .or_else(|| text.split_once(' '))
        .unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_words_phrases_and_exclusions() {
        let text = normalize("web-01 서버 ubuntu 20.04");
        for found in [
            "",
            "  ",
            "WEB",
            "서버 web",
            "\u{1109}\u{1165}\u{1107}\u{1165}",
            "we\u{200b}b",
            "\"ubuntu 20\"",
            "-windows web",
            "-",
        ] {
            assert!(SearchTerms::parse(found).match_normalized(&text), "{found}");
        }
        for missed in ["web windows", "\"20 ubuntu\"", "-web", "-\"ubuntu 20\" web"] {
            assert!(
                !SearchTerms::parse(missed).match_normalized(&text),
                "{missed}"
            );
        }
    }

    #[test]
    fn stray_quotes_are_characters_of_words() {
        for text in [
            "웹 & 100% + <b>\"#?=/",
            "\"a b",
            "\"\"",
            "\" \"",
            "a\"b c\"",
        ] {
            let terms = SearchTerms::parse(text);
            assert!(terms.match_normalized(&normalize(text)), "{text}");
        }
    }
}
