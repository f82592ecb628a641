//! A writer that keeps every log event on one line.

use std::io;

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

/// Escapes line breaks and invisible characters of every event: hostile input must not forge a line or control a
/// terminal.
pub struct PlainLines<M> {
    pub writer: M,
    pub colors: bool,
}

/// Receives each event in one piece, with its line break.
pub struct PlainLine<W> {
    writer: W,
    colors: bool,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for PlainLines<M> {
    type Writer = PlainLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        let (writer, colors) = (self.writer.make_writer(), self.colors);
        PlainLine { writer, colors }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Self::Writer {
        let (writer, colors) = (self.writer.make_writer_for(about), self.colors);
        PlainLine { writer, colors }
    }
}

impl<W: io::Write> io::Write for PlainLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = event.strip_suffix(b"\n").unwrap_or(event);
        let mut plain = Vec::with_capacity(event.len());
        for (at, byte) in line.iter().enumerate() {
            if byte.is_ascii_control() && !(self.colors && is_color(&line[at..])) {
                plain.extend(byte.escape_ascii());
            } else {
                plain.push(*byte);
            }
        }
        plain.extend(&event[line.len()..]);
        self.writer.write_all(&plain)?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Does an escape sequence begin here that only colors.
fn is_color(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"\x1b[") else {
        return false;
    };
    let end = rest
        .iter()
        .position(|rest| !matches!(rest, b'0'..=b'9' | b';'));
    end.is_some_and(|end| rest[end] == b'm')
}
