//! Local addresses: safe redirects, and queries that keep a page's state.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'/');

/// The address, if it is a path of this portal. `//host` and `/\host` lead elsewhere, and browsers drop tabs and line
/// breaks first.
#[must_use]
pub fn local_path(address: &str) -> Option<&str> {
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
    fn local_path_leads_to_no_other_site() {
        for here in ["/", "/t/acme/tickets?page=2", "/t/acme#x"] {
            assert_eq!(local_path(here), Some(here));
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
            assert_eq!(local_path(elsewhere), None, "{elsewhere:?}");
        }
    }

    #[test]
    fn query_escapes_values_and_drops_empty_ones() {
        let address = with_query(
            "/x",
            &[("q", Some("가 &=")), ("page", None), ("sort", Some(""))],
        );
        assert_eq!(address, "/x?q=%EA%B0%80%20%26%3D");
    }
}
