//! Identifiers of the Secmon API, checked before they enter a URL.

use std::{fmt, str::FromStr};

use super::ParseError;

/// See docs/secmon-api.md, wire format row 18.
fn check(text: &str) -> Result<(), ParseError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
        return Err(ParseError("is not an identifier"));
    }
    Ok(())
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// The id of a VM, a load balancer or a history entry.
    ServerId
}
identifier! {
    /// The id of a ticket, often of 17 to 20 digits, so not a number.
    TicketId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_safe_in_a_url() {
        for good in [
            "98425190186514912",
            "8b031032-e0a0-4b36-8a98-642b6d3ca07b",
            "a_B-9",
        ] {
            assert_eq!(
                good.parse::<ServerId>().map(|id| id.to_string()),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "",
            "a,b",
            "../x",
            "a b",
            "a/b",
            "é",
            "a%2c",
            &"9".repeat(65),
        ] {
            assert!(bad.parse::<TicketId>().is_err(), "{bad:?}");
        }
    }
}
