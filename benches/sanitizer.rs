//! Sanitizer times of tickets: `cargo bench --bench sanitizer`.

mod support;

use divan::{Bencher, counter::BytesCount};
use secmon_portal::sanitizer::sanitize;
use support::{GUIDE, table};

fn main() {
    divan::main();
}

fn measure(bencher: Bencher, source: &str) {
    bencher
        .counter(BytesCount::of_str(source))
        .bench(|| sanitize(divan::black_box(source)));
}

#[divan::bench]
fn guide(bencher: Bencher) {
    measure(bencher, GUIDE);
}

#[divan::bench(args = [200_000, 1_000_000])]
fn table_of_bytes(bencher: Bencher, bytes: usize) {
    measure(bencher, &table(bytes));
}

#[divan::bench]
fn plain_log_of_1_mb(bencher: Bencher) {
    let line =
        "Jan  1 12:00:00 web sshd[1]: Failed password for root from 203.0.113.9 port 22 & more\n";
    measure(bencher, &line.repeat(1_000_000 / line.len()));
}

/// Texts that take quadratic time, or a lot of memory, where they are read without bounds.
const HOSTILE: [&str; 8] = [
    "<",
    "&",
    "<div>",
    "<b c=\"<b d\" e=",
    "<!-- ",
    "<table><tr><td>",
    "<b>x</b>",
    "<td>x",
];

#[divan::bench(args = HOSTILE, sample_count = 10)]
fn hostile_2_mb(bencher: Bencher, piece: &str) {
    let start = if piece == "<td>x" { "<table>" } else { "<p>" };
    measure(
        bencher,
        &format!("{start}{}", piece.repeat(2_000_000 / piece.len())),
    );
}
