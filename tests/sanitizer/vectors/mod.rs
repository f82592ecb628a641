//! Ways to break out of HTML, a line for each idea, written for this project; a file for each kind.
//!
//! In each, `alert(1)` is what would run, and `evil.example` what would be fetched.

mod addresses;
mod encodings;
mod foreign;
mod moved;
mod names;
mod raw_text;
mod remote;
mod scripts;
mod styles;

/// All of them, kind after kind.
pub fn all() -> impl Iterator<Item = &'static str> {
    let kinds = [
        scripts::VECTORS,
        addresses::VECTORS,
        remote::VECTORS,
        styles::VECTORS,
        names::VECTORS,
        foreign::VECTORS,
        raw_text::VECTORS,
        moved::VECTORS,
        encodings::VECTORS,
    ];
    kinds.into_iter().flatten().copied()
}
