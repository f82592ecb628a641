//! The binary `secmon-portal`.

fn main() {}
