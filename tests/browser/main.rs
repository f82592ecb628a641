//! Tests in a real browser, in one binary: Debian's Chromium, or the one at `CHROMIUM`.

mod browser;
mod client;
mod control;
mod keyboard;
mod narrow;
mod portal;
mod scheme;
mod screenshots;
mod selection;
mod session;
mod single_sign_on;
#[path = "../sanitizer/vectors/mod.rs"]
mod vectors;
mod watch;
mod xss;
