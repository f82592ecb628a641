//! Released migrations are frozen: a database that ran one refuses another text under its number.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The migrations of 0.1.0. A change of the schema is a new file with the next number, and a new line here at its release.
const RELEASED: [(&str, &str); 1] = [(
    "0001_initial.sql",
    "75b0f19b2abfaf2364fbdfee71047159674c7e4821331289e86e0ef222ea4db8",
)];

#[test]
fn released_migration_does_not_change() {
    for (file, expected) in RELEASED {
        let path = std::path::Path::new("src/store/migrations").join(file);
        let text = std::fs::read(path).expect("can be read");
        let mut hash = String::new();
        for byte in Sha256::digest(text) {
            write!(hash, "{byte:02x}").expect("a string takes it");
        }
        assert_eq!(hash, expected, "{file} is released: add a migration");
    }
}
