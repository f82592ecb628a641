//! What is tested in a real browser, in one binary: Debian's Chromium, or what `CHROMIUM` names.

mod browser;
mod choosing;
mod control;
mod keyboard;
mod narrow;
mod portal;
mod scheme;
mod screenshots;
mod session;
mod single_sign_on;
#[path = "../sanitizer/vectors/mod.rs"]
mod vectors;
mod visitor;
mod watch;
mod xss;
