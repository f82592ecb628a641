//! The element names that count as markup, and what becomes of each.

/// What becomes of an upstream element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays, under this name of ours.
    Keep(&'static str),
    /// Its tags go, what stands between them stays.
    Unwrap,
    /// It goes with its content, which is text to a tokenizer and never was meant to be read.
    Remove,
    Image,
}

use Fate::{Image, Keep, Remove, Unwrap};

/// Every name of an HTML element, present and past, sorted. A name that is missing here is text:
/// `위험도 <High> 탐지` must not lose its word.
static HTML: &[(&str, Fate)] = &[
    ("a", Keep("a")),
    ("abbr", Unwrap),
    ("acronym", Unwrap),
    ("address", Keep("div")),
    ("applet", Unwrap),
    ("area", Unwrap),
    ("article", Keep("div")),
    ("aside", Keep("div")),
    ("audio", Unwrap),
    ("b", Keep("b")),
    ("base", Unwrap),
    ("basefont", Unwrap),
    ("bdi", Unwrap),
    ("bdo", Unwrap),
    ("bgsound", Unwrap),
    ("big", Keep("span")),
    ("blink", Unwrap),
    ("blockquote", Keep("blockquote")),
    ("body", Unwrap),
    ("br", Keep("br")),
    ("button", Unwrap),
    ("canvas", Unwrap),
    ("caption", Keep("caption")),
    ("center", Keep("div")),
    ("cite", Unwrap),
    ("code", Keep("code")),
    ("col", Unwrap),
    ("colgroup", Unwrap),
    ("command", Unwrap),
    ("content", Unwrap),
    ("data", Unwrap),
    ("datalist", Unwrap),
    ("dd", Keep("dd")),
    ("del", Keep("s")),
    ("details", Keep("div")),
    ("dfn", Unwrap),
    ("dialog", Keep("div")),
    ("dir", Keep("ul")),
    ("div", Keep("div")),
    ("dl", Keep("dl")),
    ("dt", Keep("dt")),
    ("em", Keep("em")),
    ("embed", Unwrap),
    ("event-source", Unwrap),
    ("fieldset", Keep("div")),
    ("figcaption", Keep("div")),
    ("figure", Keep("div")),
    ("font", Keep("span")),
    ("footer", Keep("div")),
    ("form", Keep("div")),
    ("frame", Unwrap),
    ("frameset", Unwrap),
    // A ticket's page has headings of its own above these.
    ("h1", Keep("h3")),
    ("h2", Keep("h4")),
    ("h3", Keep("h5")),
    ("h4", Keep("h6")),
    ("h5", Keep("h6")),
    ("h6", Keep("h6")),
    ("head", Unwrap),
    ("header", Keep("div")),
    ("hgroup", Keep("div")),
    ("hr", Keep("hr")),
    ("html", Unwrap),
    ("i", Keep("i")),
    ("iframe", Remove),
    ("ilayer", Unwrap),
    // A browser reads `<image>` as `<img>`.
    ("image", Image),
    ("img", Image),
    ("input", Unwrap),
    ("ins", Keep("u")),
    ("isindex", Unwrap),
    ("kbd", Keep("code")),
    ("keygen", Unwrap),
    ("label", Unwrap),
    ("layer", Unwrap),
    ("legend", Keep("div")),
    ("li", Keep("li")),
    ("link", Unwrap),
    ("listing", Keep("pre")),
    ("main", Keep("div")),
    ("map", Unwrap),
    ("mark", Keep("span")),
    ("marquee", Unwrap),
    ("math", Unwrap),
    ("menu", Keep("ul")),
    ("menuitem", Unwrap),
    ("meta", Unwrap),
    ("meter", Unwrap),
    ("multicol", Unwrap),
    ("nav", Keep("div")),
    ("nobr", Unwrap),
    ("noembed", Remove),
    ("noframes", Remove),
    ("noscript", Unwrap),
    ("object", Unwrap),
    ("ol", Keep("ol")),
    ("optgroup", Unwrap),
    ("option", Unwrap),
    ("output", Unwrap),
    ("p", Keep("p")),
    ("param", Unwrap),
    ("picture", Unwrap),
    ("plaintext", Unwrap),
    ("portal", Unwrap),
    ("pre", Keep("pre")),
    ("progress", Unwrap),
    ("q", Unwrap),
    ("rb", Unwrap),
    ("rp", Unwrap),
    ("rt", Unwrap),
    ("rtc", Unwrap),
    ("ruby", Unwrap),
    ("s", Keep("s")),
    ("samp", Keep("code")),
    ("script", Remove),
    ("search", Keep("div")),
    ("section", Keep("div")),
    ("select", Unwrap),
    ("selectedcontent", Unwrap),
    ("shadow", Unwrap),
    ("slot", Unwrap),
    ("small", Unwrap),
    ("source", Unwrap),
    ("spacer", Unwrap),
    ("span", Keep("span")),
    ("strike", Keep("s")),
    ("strong", Keep("strong")),
    ("style", Remove),
    ("sub", Keep("sub")),
    ("summary", Keep("div")),
    ("sup", Keep("sup")),
    ("svg", Unwrap),
    ("table", Keep("table")),
    ("tbody", Keep("tbody")),
    ("td", Keep("td")),
    ("template", Unwrap),
    ("textarea", Remove),
    ("tfoot", Keep("tfoot")),
    ("th", Keep("th")),
    ("thead", Keep("thead")),
    ("time", Unwrap),
    ("title", Remove),
    ("tr", Keep("tr")),
    ("track", Unwrap),
    ("tt", Keep("code")),
    ("u", Keep("u")),
    ("ul", Keep("ul")),
    ("var", Keep("i")),
    ("video", Unwrap),
    ("wbr", Unwrap),
    ("xml", Remove),
    ("xmp", Remove),
];

/// The prefixes of tags that Office writes, `<o:p>`; other names with a colon, `<mailto:…>`, are text.
const OFFICE: [&str; 6] = ["m", "o", "st1", "v", "w", "x"];

/// The longest name worth a look.
const LONGEST: usize = 16;

/// The name as this module spells it, and what becomes of the element. `None`: not an element, text.
pub fn known(name: &str) -> Option<(&'static str, Fate)> {
    if let Some((prefix, _)) = name.split_once(':') {
        let office = OFFICE
            .iter()
            .any(|known| prefix.eq_ignore_ascii_case(known));
        return office.then_some(("o:p", Unwrap));
    }
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let row = HTML
        .binary_search_by(|(known, _)| (*known).cmp(name.as_str()))
        .ok()?;
    Some(HTML[row])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The search needs the order.
    #[test]
    fn every_name_is_listed_once_in_order() {
        assert!(HTML.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(HTML.iter().all(|(name, _)| name.len() <= LONGEST));
    }

    #[test]
    fn a_word_in_angle_brackets_is_no_element() {
        for word in ["High", "http://a", "user@example.com", "x-y", "탐지"] {
            assert_eq!(known(word), None, "{word}");
        }
        assert_eq!(known("TD"), Some(("td", Keep("td"))));
    }
}
