//! What is tested in a real browser, in one binary.
