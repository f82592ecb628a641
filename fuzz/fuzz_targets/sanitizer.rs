//! Looks for a text for which a promise of the sanitizer does not hold: the same function that the tests call.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../../tests/sanitizer/mod.rs"]
mod promise;

fuzz_target!(|text: &str| {
    promise::prove(text);
});
