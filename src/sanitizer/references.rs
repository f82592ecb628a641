//! Character references: `&lt;`, `&#60;`, `&#x3c;`.

use std::borrow::Cow;

const MAX_REFERENCE: usize = 32;

/// The name or number of the reference at the start of a text. Without its `;` it is text: `?a=1&copy=2`.
pub fn reference(text: &str) -> Option<&str> {
    let length = text
        .bytes()
        .skip(1)
        .take(MAX_REFERENCE)
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
        .count();
    let ends = text.as_bytes().get(length + 1) == Some(&b';');
    (length > 0 && ends).then(|| &text[1..=length])
}

/// The character of a numeric reference, or of a name that editors write into attributes.
pub fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

/// Decodes the references that [`character`] knows. Any other stays as text, which is checked and encoded as such.
pub fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return value.into();
    }
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let known = reference(rest).and_then(|name| Some((character(name)?, name.len() + 2)));
        let (character, length) = known.unwrap_or(('&', 1));
        decoded.push(character);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_decoded_where_references_are_complete() {
        for (written, decoded) in [
            ("a&amp;b&#61;&#x3C;", "a&b=<"),
            ("?a=1&copy=2&lt", "?a=1&copy=2&lt"),
            ("&bogus;&#xD800;&;&#;", "&bogus;&#xD800;&;&#;"),
        ] {
            assert_eq!(decode(written), decoded);
        }
    }
}
