//! Fuzz target of the sanitizer: calls the same property function as the tests.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../../tests/sanitizer/mod.rs"]
mod promise;

fuzz_target!(|text: &str| {
    promise::prove(text);
});
