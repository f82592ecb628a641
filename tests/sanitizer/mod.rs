//! The sanitizer's properties as one function, shared by the tests and the fuzz target.

pub mod allowed;
mod contexts;
pub mod vectors;

use allowed::check;
use secmon_portal::sanitizer::{SafeHtml, sanitize, title};

/// Makes a text safe, and fails unless every promise holds for it:
///
/// - a browser finds the allowed elements, attributes, schemes and classes and nothing else;
/// - cleaning it a second time changes nothing;
/// - parsed where the templates put it, it is the same, and nothing around it changes;
/// - all of that again for what comes out when it goes in anew, as from an upstream that kept it.
pub fn prove(source: &str) -> SafeHtml {
    let safe = sanitize(source);
    prove_safe(&safe, source);
    prove_safe(&sanitize(safe.as_str()), safe.as_str());
    let title = title(source);
    prove_title(&title, source);
    safe
}

fn prove_safe(safe: &SafeHtml, source: &str) {
    check(safe.as_str(), source);
    assert_unchanged(safe, source);
    contexts::stays_in_its_place(safe.as_str(), source);
}

/// Plain text, within at most the element that keeps line breaks.
fn prove_title(title: &SafeHtml, source: &str) {
    let html = title.as_str();
    check(html, source);
    assert_unchanged(title, source);
    let words = html.replace("<span class=\"an-text\">", "");
    let words = words.replace("<span>", "").replace("</span>", "");
    assert!(!words.contains(['<', '>']), "{source:?}: {html}");
    contexts::title_stays_in_its_place(html, source);
}

fn assert_unchanged(safe: &SafeHtml, source: &str) {
    assert_eq!(
        safe.cleaned_again(),
        safe.as_str(),
        "\nchanged by a second pass; source: {source:?}"
    );
}
