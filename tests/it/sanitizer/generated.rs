//! Property tests of the sanitizer: random fragments, spliced vectors, arbitrary text.

use proptest::prelude::*;

use super::{clean, text_of};
use crate::promise::{allowed::check, prove, vectors};

const TAGS: &str = "(a|b|i|u|s|p|div|span|font|h1|h4|h6|li|ul|ol|dl|dt|dd|table|caption|colgroup|col|thead|tbody|tfoot|tr|td|th|pre|listing\
                    |img|image|br|hr|code|blockquote|center|nobr|marquee|foo|details|summary|dialog|address\
                    |svg|math|mtext|mi|mglyph|malignmark|annotation-xml|semantics|foreignObject|desc|title|animate|use|path\
                    |style|script|textarea|template|noscript|noembed|noframes|xmp|plaintext|iframe|object|embed|applet|param\
                    |select|option|optgroup|selectedcontent|button|form|input|label|fieldset|keygen|body|html|head|frameset|frame|base|link|meta|xml|o:p|ruby|rt|rp)";

const NAMES: &str = "(href|src|style|class|id|name|align|valign|bgcolor|color|colspan|rowspan|onclick|onerror|alt|title|xlink:href|xmlns|encoding|\
                     srcset|background|action|formaction|target|rel|is|slot|shadowrootmode|HREF|StYlE|data-x)";

/// Values with their quotes, some of which never end.
const VALUES: &str = "(x|\"[ -~]{0,12}\"|'[ -~]{0,12}'|\"[^<\"]{0,6}|'[ -~]{0,6}|`x`\
                      |\"javascript:alert\\(1\\)\"|java\tscript:alert\\(1\\)|&#106;avascript&colon;alert\\(1\\)|\"&#x6A;&#x61vascript&#58;x\"\
                      |https://a\\.example/|//a\\.example|mailto:a@a\\.example|data:image/png;base64,AAAA|data:text/html,x|data:image/svg\\+xml,x\
                      |\"color:red;background:#eee\"|\"position:fixed;inset:0\"|\"p\\\\6fsition:f\\\\69xed\"|\"background:u\\\\72l\\(//a\\.example\\)\"|\"/\\*;\\*/text-align:right\"\
                      |center|an-shade|\"an-text an-scroll\"|200|0|-1|99999999999|text/html|http://www\\.w3\\.org/2000/svg)";

const MARKS: &str = "(<!--|-->|--!>|<!\\[CDATA\\[|\\]\\]>|<\\?xml|<!doctype|<!|<\\?|</|</ |<|>|/>|=|\"|'|`|&|&lt;|&lt|&#x3c;|&#60|&nbsp;|&#0;|&#xD800;|&#x110000;|&amp;lt;|\
                     \0|\r\n|\r|\t|\x0b|\x0c|\x1b|\u{7f}|\u{85}|\u{a0}|\u{200b}|\u{202e}|\u{2028}|\u{feff}|\u{fffd}|\u{fffe}|\u{ffff}|\u{1fffe}|\u{10ffff})";

fn pattern(pattern: &str) -> impl Strategy<Value = String> + use<> {
    prop::string::string_regex(pattern).expect("a pattern")
}

fn opening() -> impl Strategy<Value = String> {
    pattern(&format!("<{TAGS}([ /\n]{NAMES}( ?= ?{VALUES})?){{0,3}}/?>"))
}

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => opening(),
        5 => pattern(&format!("</{TAGS}[ /]?>")),
        2 => "[ -~\n]{0,10}",
        1 => "\\PC{0,4}",
        2 => pattern(MARKS),
    ]
}

/// A part of a vector, from any character to any other.
fn splice() -> impl Strategy<Value = String> {
    let vectors: Vec<&str> = vectors::all().collect();
    let chosen = prop::sample::select(vectors);
    (
        chosen,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
    )
        .prop_map(|(vector, one, other)| {
            let (one, other) = (one.index(vector.len() + 1), other.index(vector.len() + 1));
            let (from, to) = (one.min(other), one.max(other));
            let part = vector.floor_char_boundary(from)..vector.floor_char_boundary(to);
            vector[part].to_owned()
        })
}

proptest! {
    #[test]
    fn random_fragments_leave_only_allowed_markup(
        fragments in prop::collection::vec(fragment(), 0..40)
    ) {
        prove(&fragments.concat());
    }

    #[test]
    fn spliced_vectors_leave_only_allowed_markup(
        parts in prop::collection::vec(prop_oneof![3 => splice(), 1 => fragment()], 1..12)
    ) {
        prove(&parts.concat());
    }

    /// Arbitrary bytes as decoded from JSON, with lone surrogates replaced.
    #[test]
    fn random_bytes_leave_only_allowed_markup(
        bytes in prop::collection::vec(
            prop_oneof![2 => any::<u8>(), 1 => prop::sample::select(b"<>&;\"'=/!-abp ".to_vec())],
            0..200,
        )
    ) {
        prove(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn text_without_markup_is_unchanged(
        text in "([ -%'-;=?-~가-힣]|<[ 0-9=가-힣]|& |&&|\n|>){0,60}"
    ) {
        prop_assert_eq!(text_of(&clean(&text)), text.trim());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    /// Thousands of elements within each other need neither a deep stack nor quadratic time.
    #[test]
    fn deep_nesting_leaves_only_allowed_markup(
        before in fragment(),
        repeated in prop::collection::vec(opening(), 1..4),
        within in fragment(),
        times in 10_000..10_500usize,
    ) {
        let source = before + &repeated.concat().repeat(times) + &within;
        let html = secmon_portal::sanitizer::sanitize(&source);
        check(html.as_str(), "many times the same");
        prop_assert_eq!(html.cleaned_again(), html.to_string());
    }
}
