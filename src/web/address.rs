//! Addresses of our own: where a visitor may be sent, and queries that keep their state.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'/');

/// The address, if it is a path on this portal: `//host`, `/\host` and whole addresses lead
/// elsewhere, and a browser drops tabs and line breaks before it looks.
#[must_use]
pub fn own(address: &str) -> Option<&str> {
    let mut characters = address.chars();
    let leads_here = characters.next() == Some('/')
        && !matches!(characters.next(), Some('/' | '\\'))
        && !address.contains(|c: char| c.is_control() || c == '\\');
    leads_here.then_some(address)
}

/// A path with a query; a value of `None` or `""` is left out.
#[must_use]
pub fn with_query(path: &str, parameters: &[(&str, Option<&str>)]) -> String {
    let mut address = path.to_owned();
    let mut sign = '?';
    for (name, value) in parameters {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            continue;
        };
        address.push(sign);
        address.push_str(name);
        address.push('=');
        address.extend(utf8_percent_encode(value, QUERY));
        sign = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for here in ["/", "/t/acme/tickets?page=2", "/t/acme#x"] {
            assert_eq!(own(here), Some(here));
        }
        for elsewhere in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/a\\b",
            "https://evil.example",
            "javascript:alert(1)",
            "evil",
            "/\n/evil",
        ] {
            assert_eq!(own(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn a_query_keeps_what_was_asked() {
        let address = with_query(
            "/x",
            &[("q", Some("가 &=")), ("page", None), ("sort", Some(""))],
        );
        assert_eq!(address, "/x?q=%EA%B0%80%20%26%3D");
    }
}
