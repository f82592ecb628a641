//! IP addresses as keys whose order as text is the order of the addresses: a CIDR is one `between`.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::ParseError;

/// A family digit and the address in hexadecimal: `4` and 8 digits, or `6` and 32. An IPv4-mapped IPv6 address is its
/// IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey(String);

impl AddressKey {
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self::within_family(address.to_canonical())
    }

    /// The end of a range of IPv6 addresses stays one, also where it is IPv4-mapped.
    fn within_family(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(address) => format!("4{:08x}", u32::from(address)),
            IpAddr::V6(address) => format!("6{:032x}", u128::from(address)),
        })
    }

    /// The key of an address as people and the API write it; a zone id does not count.
    ///
    /// # Errors
    /// When it is no IP address.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse_address(text).map(Self::new)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn parse_address(text: &str) -> Result<IpAddr, ParseError> {
    let text = text.trim();
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().map_err(|_| ParseError("is not an IP address"))
}

/// The addresses that a filter means: one, those with a prefix such as `203.0.113.`, or a CIDR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRange {
    net: IpNet,
    text: String,
}

impl AddressRange {
    /// # Errors
    /// When it is neither an address, a prefix, nor a CIDR.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let net = parse_address(text)
            .map(|address| IpNet::from(address.to_canonical()))
            .or_else(|_| parse_net(text).or_else(|| parse_prefix(text)).ok_or(()))
            .map_err(|()| ParseError("is not an IP address, a prefix or a CIDR"))?;
        let text = if net.prefix_len() == net.max_prefix_len() {
            net.addr().to_string()
        } else {
            net.to_string()
        };
        Ok(Self { net, text })
    }

    /// As addresses of pages write it: an address, or a CIDR.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The only address; `None` for several.
    #[must_use]
    pub fn single(&self) -> Option<IpAddr> {
        (self.net.prefix_len() == self.net.max_prefix_len()).then(|| self.net.addr())
    }

    /// Whether a text is one of the addresses.
    #[must_use]
    pub fn contains(&self, address: &str) -> bool {
        AddressKey::parse(address).is_ok_and(|key| self.low() <= key && key <= self.high())
    }

    #[must_use]
    pub fn low(&self) -> AddressKey {
        AddressKey::within_family(self.net.network())
    }

    #[must_use]
    pub fn high(&self) -> AddressKey {
        AddressKey::within_family(self.net.broadcast())
    }
}

/// A CIDR; within the range of IPv4-mapped addresses it is the IPv4 one.
fn parse_net(text: &str) -> Option<IpNet> {
    let net: IpNet = text.parse().ok()?;
    let IpNet::V6(six) = net else {
        return Some(net.trunc());
    };
    let four = six.addr().to_ipv4_mapped();
    match (four, six.prefix_len().checked_sub(96)) {
        (Some(address), Some(length)) => Ipv4Net::new(address, length)
            .ok()
            .map(|net| net.trunc().into()),
        _ => Some(net.trunc()),
    }
}

/// One to three whole octets and a dot, or one to seven groups of IPv6 and a colon.
fn parse_prefix(text: &str) -> Option<IpNet> {
    if let Some(octets) = text.strip_suffix('.') {
        let given = octets.split('.').count();
        let missing = 4_usize.checked_sub(given).filter(|missing| *missing > 0)?;
        let padded = [octets, &".0".repeat(missing)].concat();
        let length = u8::try_from(8 * given).ok()?;
        return Ipv4Net::new(padded.parse().ok()?, length)
            .ok()
            .map(Into::into);
    }
    let groups = text
        .strip_suffix(':')
        .filter(|groups| !groups.contains("::"))?;
    let given = groups.split(':').count();
    let missing = 8_usize.checked_sub(given).filter(|missing| *missing > 0)?;
    let padded = [groups, &":0".repeat(missing)].concat();
    let length = u8::try_from(16 * given).ok()?;
    Ipv6Net::new(padded.parse().ok()?, length)
        .ok()
        .map(Into::into)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_have_one_width_per_family() {
        let key = |text: &str| AddressKey::parse(text).map(|key| key.as_str().to_owned());
        assert_eq!(key("203.0.113.7").as_deref(), Ok("4cb007107"));
        assert_eq!(key(" ::ffff:203.0.113.7 "), key("203.0.113.7"));
        assert_eq!(key("fe80::1%eth0"), key("fe80::1"));
        assert_eq!(key("::1").map(|key| key.len()), Ok(33));
        for text in ["", "203.0.113", "203.0.113.7:80", "web-01", "010.0.0.1"] {
            assert!(key(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn range_is_an_address_a_prefix_or_a_cidr() {
        for (typed, text) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("203.0.113.", "203.0.113.0/24"),
            ("10.", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("203.0.113.7/32", "203.0.113.7"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("2001:db8:", "2001:db8::/32"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            let range = AddressRange::parse(typed).expect("is a range");
            assert_eq!(range.text(), text, "{typed}");
            assert_eq!(AddressRange::parse(range.text()), Ok(range), "{typed}");
        }
        for typed in [
            "",
            ".",
            "1.2.3.4.",
            "256.",
            "10",
            "1..",
            "a.",
            ":",
            "1.2.3.4/33",
            "::g:",
        ] {
            assert!(AddressRange::parse(typed).is_err(), "{typed:?}");
        }
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
            any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits))),
        ]
    }

    proptest! {
        #[test]
        fn keys_sort_as_addresses(one in address(), other in address()) {
            let keys = (AddressKey::new(one), AddressKey::new(other));
            prop_assert_eq!(keys.0.cmp(&keys.1), one.to_canonical().cmp(&other.to_canonical()));
        }

        #[test]
        fn cidr_holds_an_address_when_its_key_is_between(
            address in address(),
            near in any::<bool>(),
            other in address(),
            length in 0_u8..=128,
        ) {
            let base = if near { address } else { other };
            let most = if base.is_ipv4() { 32 } else { 128 };
            let net = IpNet::new(base, length.min(most)).expect("is a net");
            let range = AddressRange::parse(&net.to_string()).expect("is a range");
            let key = AddressKey::new(address);
            prop_assert_eq!(range.low() <= key && key <= range.high(), net.contains(&address));
        }
    }
}
