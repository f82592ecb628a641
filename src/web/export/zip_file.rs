//! A zip file as a stream: only unsent bytes are in memory, and nothing is on disk.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

use super::{
    Rows,
    about::{self, Facts},
    csv::CsvWriter,
};

/// A zip file in progress, with data descriptors as Apache POI streams them.
pub(super) struct ZipFile {
    archive: ZipWriter<StreamWriter<Output>>,
    output: Output,
}

impl ZipFile {
    pub(super) fn new() -> Self {
        let output = Output::default();
        Self {
            archive: ZipWriter::new_stream(output.clone()),
            output,
        }
    }

    /// Ends the part before it. Only a large part may exceed 4 GiB.
    pub(super) fn start_part(&mut self, name: &str, is_large: bool) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(is_large);
        Ok(self.archive.start_file(name, options)?)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.archive.write_all(bytes)
    }

    pub(super) fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.start_part(name, false)?;
        self.write(content.as_bytes())
    }

    /// The bytes that are ready. The compressor's buffer would leave the client without a byte for minutes.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        self.archive.flush()?;
        Ok(self.output.take())
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.archive.finish()?;
        Ok(self.output.take())
    }
}

/// Bytes that the archive has written and the export has not taken yet.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ready.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A CSV file with its description beside it.
pub(super) struct DescribedCsv {
    csv: CsvWriter,
    file: ZipFile,
}

impl DescribedCsv {
    pub(super) fn new(name: &str, head: &[String]) -> io::Result<Self> {
        let mut file = ZipFile::new();
        file.start_part(name, true)?;
        let csv = CsvWriter::new(head)?;
        Ok(Self { csv, file })
    }

    pub(super) fn write(&mut self, rows: &Rows) -> io::Result<Vec<u8>> {
        self.file.write(&self.csv.write(rows)?)?;
        self.file.take()
    }

    pub(super) fn finish(self, facts: &Facts) -> io::Result<Vec<u8>> {
        let Self { csv, mut file } = self;
        file.write(&csv.finish())?;
        file.part("about.txt", &about::text(facts))?;
        file.finish()
    }
}
