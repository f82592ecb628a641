//! A QR code as one path of an SVG, drawn by the template in two fixed colors.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

/// Dark modules as a path: one unit each, with the origin at the first.
#[derive(Debug, Clone)]
pub struct QrPath {
    /// How many modules a side has.
    pub width: usize,
    pub path: String,
}

impl QrPath {
    /// `None` for a text that is too long for any code.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] == Color::Dark {
                    let length = run.len();
                    let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
                }
                x += run.len();
            }
        }
        Some(Self { width, path })
    }

    /// The image's `viewBox`, with the quiet zone of four modules.
    #[must_use]
    pub fn view_box(&self) -> String {
        let side = self.width + 8;
        format!("-4 -4 {side} {side}")
    }
}
