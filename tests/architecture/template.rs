//! Template rules: no markup that the content security policy blocks.

use crate::source::{Source, words};

/// Places that print a text as it is.
pub fn raw_output(template: &Source) -> Vec<String> {
    let filters = template.text.match_indices('|');
    filters
        .filter(|(at, _)| {
            let filter = template.text[at + 1..].trim_start();
            words(filter)
                .next()
                .is_some_and(|(start, word)| start == 0 && word == "safe")
        })
        .map(|(at, _)| format!("{} prints raw with |safe", template.place(at)))
        .collect()
}

/// Script and style within the page: elements, attributes and addresses.
pub fn inline_parts(template: &Source) -> Vec<String> {
    let mut broken = Vec::new();
    for (at, _) in template.code.match_indices('<') {
        let tag = &template.code[at + 1..];
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let (name, attributes) = attributes(tag);
        let has_source = attributes.iter().any(|(name, _)| name == "src");
        if name == "style" || (name == "script" && !has_source) {
            broken.push(format!("{} holds an inline <{name}>", template.place(at)));
        }
        for (name, value) in attributes {
            let is_handler = name.starts_with("on") && name.chars().all(char::is_alphabetic);
            if name == "style" || is_handler || value.trim_start().starts_with("javascript:") {
                broken.push(format!("{} holds {name}=\"{value}\"", template.place(at)));
            }
        }
    }
    broken
}

/// A tag's name, and its attributes with their values, in lower case.
fn attributes(tag: &str) -> (String, Vec<(String, String)>) {
    let ends_name = |c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/');
    let (name, mut rest) = tag.split_at(tag.find(ends_name).unwrap_or(tag.len()));
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '='));
        if rest.is_empty() || rest.starts_with('>') {
            return (name.to_lowercase(), found);
        }
        let (attribute, behind) = rest.split_at(rest.find(ends_name).unwrap_or(rest.len()));
        let mut value = "";
        rest = behind.trim_start();
        if let Some(given) = rest.strip_prefix('=').map(str::trim_start) {
            (value, rest) = match given.chars().next().filter(|c| matches!(c, '"' | '\'')) {
                Some(quote) => given[1..].split_once(quote).unwrap_or((&given[1..], "")),
                None => given.split_at(given.find([' ', '\n', '>']).unwrap_or(given.len())),
            };
        }
        found.push((attribute.to_lowercase(), value.to_lowercase()));
    }
}
