//! Limits of the sanitizer: size, depth and time.

use secmon_portal::sanitizer::{MAX_BYTES, sanitize, title};

use super::text_of;
use crate::promise::allowed::check;

/// Each of these takes quadratic time or a deep stack where it is read without bounds.
#[test]
fn expensive_text_is_still_sanitized() {
    let many = 20_000;
    let colors = numbered(many, |i| format!("<font color='#{i:06x}'><p>"));
    for source in [
        "<div>".repeat(many),
        "<b>".repeat(many),
        "<b><p>".repeat(many),
        "<table>".repeat(many),
        "<table><tr><td>".repeat(many),
        "<a href=https://a.example><table>".repeat(many),
        "<p><b><i><u><div>".repeat(many),
        "<ul><li>".repeat(many) + &"</ul>".repeat(many),
        "<".repeat(many),
        "<a ".repeat(many),
        "</b ".repeat(many),
        "<!--".repeat(many),
        "<script>".repeat(many),
        "<style></x".repeat(many),
        "<b c=\"<b d\" e=".repeat(many),
        "<b c=\"<b d\" & e=".repeat(many),
        "<svg><math>".repeat(many),
        "&".repeat(many),
        "&amp".repeat(many),
        "·".repeat(many),
        format!("<p>{}</p>", "x&amp;".repeat(many)),
        format!("<img alt='{}'>", "&".repeat(many)),
        "\n".repeat(many) + "x",
        "<pre>\n".repeat(many),
        format!("<b {}>x</b>", numbered(many, |i| format!("a{i} "))),
        format!("<td class='{}'>x", "x ".repeat(many)),
        format!("<p style='{}'>x", "color:red;".repeat(many)),
        colors,
        "가".repeat(MAX_BYTES),
    ] {
        let html = sanitize(&source).to_string();
        check(&html, &source[..source.floor_char_boundary(60)]);
    }
}

/// The largest API response of unclosed tags: neither stack nor time grows with it.
#[test]
fn deeply_nested_tags_keep_their_text() {
    let largest = 16 * 1024 * 1024;
    for tags in [
        "<div>",
        "<b><table><td>",
        "<svg><math><mtext>",
        "<i><p><ul><li>",
    ] {
        let source = tags.repeat(largest / tags.len());
        let html = sanitize(&source);
        assert!(html.is_truncated());
        check(html.as_str(), tags);
        assert_eq!(html.cleaned_again(), html.to_string(), "{tags}");
        check(title(&source).as_str(), tags);
    }
}

#[test]
fn html_is_cut_at_the_limit_between_characters() {
    let html = sanitize(&"가".repeat(MAX_BYTES));
    assert!(html.is_truncated());
    assert_eq!(html.as_str().len(), MAX_BYTES / 2 / 3 * 3);
    let html = sanitize(&"<".repeat(MAX_BYTES));
    assert!(html.is_truncated() && html.as_str().len() <= MAX_BYTES / 2 + 10);
    let image = format!(
        "<img src='data:image/png;base64,{}'>",
        "A".repeat(1_000_000)
    );
    let html = sanitize(&format!("{image}{image}<p>뒤</p>"));
    assert!(!html.is_truncated() && text_of(html.as_str()) == "뒤");
}

fn numbered(many: usize, piece: impl Fn(usize) -> String) -> String {
    (0..many).map(piece).collect()
}
