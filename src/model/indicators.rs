//! Indicators in the text of a ticket: addresses, CVE numbers, domains and hashes, defanged ones too.

use std::{collections::BTreeSet, net::IpAddr};

use super::{AddressKey, country_name};

/// Of one text; a table of an analysis names a few hundred.
pub const MAX_INDICATORS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndicatorKind {
    Address,
    Cve,
    Domain,
    Hash,
}

impl IndicatorKind {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "ip",
            Self::Cve => "cve",
            Self::Domain => "domain",
            Self::Hash => "hash",
        }
    }
}

/// An indicator in the form that it is compared in: an [`AddressKey`], or the text in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Indicator {
    pub kind: IndicatorKind,
    pub key: String,
}

/// The indicators of a plain text, each once.
#[must_use]
pub fn indicators(text: &str) -> BTreeSet<Indicator> {
    let text = refang(text);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '%');
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| !is_part(c)) {
        if found.len() >= MAX_INDICATORS {
            break;
        }
        found.extend(indicator(word.trim_matches(['.', ':', '-', '_', '%'])));
        // An IPv6 address may begin or end with its colons.
        if word.contains("::") {
            found.extend(address(word.trim_matches(['.', '-', '_'])));
        }
    }
    found
}

/// Undoes defanging: `1.2.3[.]4`, `hxxp://`, `example[dot]com`.
fn refang(text: &str) -> String {
    let mut text = text.to_ascii_lowercase();
    for (defanged, written) in [
        ("hxxp", "http"),
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("[:]", ":"),
    ] {
        if text.contains(defanged) {
            text = text.replace(defanged, written);
        }
    }
    // Separates a URL's host from its scheme.
    text.replace("://", " ")
}

fn indicator(word: &str) -> Option<Indicator> {
    let (host, port) = word.rsplit_once(':').unwrap_or((word, ""));
    let is_port = !host.contains(':') && port.bytes().all(|c| c.is_ascii_digit());
    let host = if is_port { host } else { word };
    address(host)
        .or_else(|| cve(host))
        .or_else(|| hash(host))
        .or_else(|| domain(host))
}

fn address(word: &str) -> Option<Indicator> {
    let word = word.split_once('%').map_or(word, |(address, _)| address);
    let address: IpAddr = word.parse().ok()?;
    // Times such as `12::` and a lone `::` are no useful addresses.
    let is_short = matches!(address, IpAddr::V6(six) if six.segments()[1..7] == [0; 6]);
    (!is_short).then(|| Indicator {
        kind: IndicatorKind::Address,
        key: AddressKey::new(address).as_str().to_owned(),
    })
}

fn cve(word: &str) -> Option<Indicator> {
    let (year, number) = word.strip_prefix("cve-")?.split_once('-')?;
    let is_number = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let is_cve = year.len() == 4 && (4..=7).contains(&number.len());
    (is_cve && is_number(year) && is_number(number)).then(|| new(IndicatorKind::Cve, word))
}

/// MD5, SHA-1 or SHA-256; digits alone are some other number.
fn hash(word: &str) -> Option<Indicator> {
    let is_hash = matches!(word.len(), 32 | 40 | 64)
        && word.bytes().all(|c| c.is_ascii_hexdigit())
        && word.bytes().any(|c| c.is_ascii_alphabetic())
        && word.bytes().any(|c| c.is_ascii_digit());
    is_hash.then(|| new(IndicatorKind::Hash, word))
}

/// Endings of files that are countries too.
const FILE_ENDINGS: [&str; 8] = ["cc", "md", "pl", "ps", "py", "rs", "sh", "so"];

const GENERIC_DOMAINS: [&str; 24] = [
    "app", "biz", "cloud", "club", "com", "dev", "edu", "eu", "gov", "icu", "info", "live", "mil",
    "net", "online", "org", "pro", "shop", "site", "store", "su", "top", "uk", "xyz",
];

/// A name under a domain that is in use, which `index.php` is not.
fn domain(word: &str) -> Option<Indicator> {
    let (name, top) = word.rsplit_once('.')?;
    let is_country = top.len() == 2 && country_name(top, false).is_some();
    let is_top = GENERIC_DOMAINS.contains(&top) || (is_country && !FILE_ENDINGS.contains(&top));
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
    };
    let is_domain = is_top && word.len() <= 253 && name.split('.').all(is_label);
    is_domain.then(|| new(IndicatorKind::Domain, word))
}

fn new(kind: IndicatorKind, key: &str) -> Indicator {
    let key = key.to_owned();
    Indicator { kind, key }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        let found = indicators(text).into_iter();
        found.map(|one| (one.kind.code(), one.key)).collect()
    }

    fn one(kind: &'static str, key: &str) -> Vec<(&'static str, String)> {
        vec![(kind, key.to_owned())]
    }

    #[test]
    fn indicators_are_found_as_analysts_write_them() {
        for text in [
            "공격자 203.0.113.7에서 접속",
            "(203.0.113.7)",
            "203.0.113.7:8080,",
            "hxxp://203.0.113[.]7/a.php",
            "203[.]0[.]113[.]7.",
            "::ffff:203.0.113.7",
        ] {
            assert_eq!(found(text), one("ip", "4cb007107"), "{text}");
        }
        let six = format!("620010db8{}1", "0".repeat(23));
        assert_eq!(found("from 2001:db8::1, fe"), one("ip", &six));
        let net = format!("620010db8{}", "0".repeat(24));
        assert_eq!(found("2001:db8::"), one("ip", &net));
        assert_eq!(
            found("Log4Shell(CVE-2021-44228)"),
            one("cve", "cve-2021-44228")
        );
        for text in [
            "hxxps://Evil.Example[.]com:443/x",
            "evil.example.com",
            "evil[dot]example[dot]com에서",
        ] {
            assert_eq!(found(text), one("domain", "evil.example.com"), "{text}");
        }
        assert_eq!(found("www.naver.co.kr"), one("domain", "www.naver.co.kr"));
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(
            found(&format!("MD5: {}", md5.to_uppercase())),
            one("hash", md5)
        );
    }

    #[test]
    fn other_words_are_no_indicators() {
        for text in [
            "wp-login.php",
            "index.html",
            "cmd.exe",
            "run.sh",
            "a.py",
            "1.2.3.4.5",
            "256.1.1.1",
            "v1.2.3",
            "12:30:45",
            "2021-07-09",
            "::",
            "e.g.",
            "cve-21-1",
            "1234567890123456789012345678901234567890",
            "a..com",
            "-",
            "…",
            "std::vec",
            "98425190186514912",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn one_text_has_a_limited_number_of_indicators() {
        let text: Vec<String> = (0..3000)
            .map(|n| format!("10.0.{}.{}", n / 250, n % 250))
            .collect();
        assert_eq!(indicators(&text.join(" ")).len(), MAX_INDICATORS);
    }

    proptest! {
        #[test]
        fn address_is_found_in_any_surroundings(bits in any::<u32>(), before in "[ 가(,]{0,3}", after in "[ 나),]{0,3}") {
            let address = std::net::Ipv4Addr::from(bits);
            let key = AddressKey::new(address.into());
            prop_assert_eq!(found(&format!("{before}{address}{after}")), one("ip", key.as_str()));
        }

        #[test]
        fn any_text_is_read(text in any::<String>()) {
            prop_assert!(indicators(&text).len() <= MAX_INDICATORS);
        }
    }
}
