//! XSS vectors, one line for each idea and one file for each kind, written for this project.
//!
//! `alert(1)` stands for executed code, `evil.example` for a fetched host.

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
