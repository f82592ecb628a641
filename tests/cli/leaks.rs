//! Search for secrets in outputs and files, in every encoding.

use std::{collections::BTreeSet, fmt::Write as _};

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// Secrets to search for, by name.
#[derive(Default)]
pub struct Secrets(Vec<(String, Vec<u8>)>);

/// A searched place: name and bytes.
pub type Place = (String, Vec<u8>);

impl Secrets {
    pub fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref().to_vec();
        assert!(secret.len() >= 8, "{name} could be found by chance");
        self.0.push((name.to_owned(), secret));
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Every secret found in a place, with its encoding and context.
    pub fn found_in(&self, places: &[Place]) -> Vec<String> {
        let written: Vec<(String, Vec<u8>)> = self
            .0
            .iter()
            .flat_map(|(name, secret)| {
                let ways = ways(secret).into_iter();
                ways.map(move |(way, bytes)| (format!("{name}, {way}"), bytes))
            })
            .collect();
        let search =
            AhoCorasick::new(written.iter().map(|(_, bytes)| bytes)).expect("can be built");
        let mut found = BTreeSet::new();
        for (place, content) in places {
            for hit in search.find_overlapping_iter(content) {
                let around = hit.start().saturating_sub(60)..(hit.end() + 20).min(content.len());
                let around = String::from_utf8_lossy(&content[around]).into_owned();
                let (name, _) = &written[hit.pattern().as_usize()];
                found.insert(format!("{name} in {place}: …{around}…"));
            }
        }
        found.into_iter().collect()
    }
}

/// How a secret may be written, each once.
fn ways(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut ways = vec![("as it is", secret.to_vec())];
    let percent = percent_encode(secret, NON_ALPHANUMERIC).to_string();
    ways.push(("percent-encoded", percent.clone().into_bytes()));
    ways.push(("percent-encoded", percent.to_lowercase().into_bytes()));
    let form: String = url::form_urlencoded::byte_serialize(secret).collect();
    ways.push(("as a form", form.into_bytes()));
    let digits = secret.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    ways.push(("hexadecimal", digits.to_uppercase().into_bytes()));
    ways.push(("hexadecimal", digits.into_bytes()));
    for engine in [&STANDARD, &URL_SAFE] {
        for before in 0..3 {
            ways.push(("base64", in_base64(engine, secret, before)));
        }
    }
    if let Ok(text) = std::str::from_utf8(secret) {
        let html = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        ways.push(("as HTML", html.into_bytes()));
        let html = text
            .replace('&', "&#38;")
            .replace('<', "&#60;")
            .replace('"', "&#34;");
        ways.push(("as HTML", html.into_bytes()));
        ways.push(("in quotes", text.escape_debug().to_string().into_bytes()));
        ways.push(("as ASCII", text.escape_default().to_string().into_bytes()));
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect();
        ways.push(("UTF-16", utf16(u16::to_le_bytes)));
        ways.push(("UTF-16", utf16(u16::to_be_bytes)));
    }
    let mut seen = BTreeSet::new();
    ways.retain(|(_, bytes)| seen.insert(bytes.clone()));
    ways
}

/// The base64 characters that depend only on the secret, when `before` bytes (of three) precede it.
fn in_base64(engine: &impl base64::Engine, secret: &[u8], before: usize) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend(secret);
    let whole = bytes.len() / 3 * 4;
    let letters = engine.encode(&bytes).into_bytes();
    letters[if before == 0 { 0 } else { 4 }..whole].to_vec()
}

#[test]
fn secret_is_found_in_every_encoding() {
    let mut secrets = Secrets::default();
    secrets.add("the password", "päss & \"wörd\" <x>");
    let long = STANDARD.encode("user:päss & \"wörd\" <x> and more");
    let json = serde_json::to_string("päss & \"wörd\" <x>").expect("is written");
    let utf16: Vec<u8> = "=päss & \"wörd\" <x>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for told in [
        b"x p\xc3\xa4ss & \"w\xc3\xb6rd\" <x> x".to_vec(),
        b"?p=p%C3%A4ss%20%26%20%22w%C3%B6rd%22%20%3Cx%3E".to_vec(),
        b"p=p%C3%A4ss+%26+%22w%C3%B6rd%22+%3Cx%3E&q=1".to_vec(),
        "<p>päss &amp; &quot;wörd&quot; &lt;x></p>".into(),
        "user=\"p\\u{e4}ss & \\\"w\\u{f6}rd\\\" <x>\"".into(),
        format!("{{\"p\":{json}}}").into(),
        format!("Authorization: Basic {long}").into(),
        utf16,
    ] {
        let place = ("a line".to_owned(), told);
        let found = secrets.found_in(std::slice::from_ref(&place));
        assert!(!found.is_empty(), "{:?}", String::from_utf8_lossy(&place.1));
    }
    let other = ("a line".to_owned(), "päss & wörd".into());
    assert_eq!(secrets.found_in(&[other]), [""; 0]);
}
