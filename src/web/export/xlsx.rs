//! XLSX as a stream: inline strings in a zip archive with data descriptors, as Apache POI streams them. Only unsent bytes
//! are in memory, and nothing is on disk.

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
    xml::{self, Style},
};

/// Excel's limit, including the head.
const MAX_ROWS: u32 = 1_048_576;

/// A larger part needs zip64, which Excel does not read from a stream.
const MAX_SHEET_BYTES: u64 = 3_000_000_000;

/// A workbook in progress. A long list continues on further sheets with the same head.
pub(super) struct XlsxWriter {
    archive: ZipWriter<StreamWriter<Output>>,
    output: Output,
    head: Vec<String>,
    sheets: u32,
    /// Rows of the current sheet, including the head.
    rows: u32,
    sheet_bytes: u64,
    max_rows: u32,
}

impl XlsxWriter {
    pub(super) fn new(head: &[String]) -> io::Result<Self> {
        Self::with_max_rows(head, MAX_ROWS)
    }

    fn with_max_rows(head: &[String], max_rows: u32) -> io::Result<Self> {
        let output = Output::default();
        let mut writer = Self {
            archive: ZipWriter::new_stream(output.clone()),
            output,
            head: head.to_vec(),
            sheets: 0,
            rows: 0,
            sheet_bytes: 0,
            max_rows,
        };
        writer.part("[Content_Types].xml", &xml::content_types())?;
        writer.part("_rels/.rels", &xml::package_relationships())?;
        writer.part("xl/styles.xml", &xml::styles())?;
        writer.start_sheet()?;
        Ok(writer)
    }

    /// The bytes that are ready after those rows.
    pub(super) fn write(&mut self, rows: &Rows) -> io::Result<Vec<u8>> {
        for cells in rows {
            if self.rows >= self.max_rows || self.sheet_bytes >= MAX_SHEET_BYTES {
                self.end_sheet()?;
                self.start_sheet()?;
            }
            self.row(cells, Style::Text)?;
        }
        // The compressor's buffer would leave the client without a byte for minutes.
        self.archive.flush()?;
        Ok(self.output.take())
    }

    /// The rest of the workbook; `sheet_name` gets a sheet's number and the number of sheets.
    pub(super) fn finish(mut self, sheet_name: impl Fn(u32, u32) -> String) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        let names: Vec<_> = (1..=self.sheets)
            .map(|number| sheet_name(number, self.sheets))
            .collect();
        self.part("xl/workbook.xml", &xml::workbook(&names))?;
        self.part(
            "xl/_rels/workbook.xml.rels",
            &xml::workbook_relationships(self.sheets),
        )?;
        self.archive.finish()?;
        Ok(self.output.take())
    }

    fn start_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        self.rows = 0;
        self.sheet_bytes = 0;
        self.start_part(&format!("xl/worksheets/sheet{}.xml", self.sheets))?;
        let start = xml::sheet_start(self.head.len());
        self.archive.write_all(start.as_bytes())?;
        let head = self.head.clone();
        self.row(&head, Style::Bold)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        let end = xml::sheet_end(self.head.len(), self.rows);
        self.archive.write_all(end.as_bytes())
    }

    fn row(&mut self, cells: &[String], style: Style) -> io::Result<()> {
        self.rows += 1;
        let row = xml::row(self.rows, cells, style);
        self.sheet_bytes += row.len() as u64;
        self.archive.write_all(row.as_bytes())
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.start_part(name)?;
        self.archive.write_all(content.as_bytes())
    }

    fn start_part(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        Ok(self.archive.start_file(name, options)?)
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn list_longer_than_a_sheet_goes_on_in_the_next() {
        let mut writer = XlsxWriter::with_max_rows(&cells(&["ID"]), 3).expect("starts");
        let rows = ["a", "b", "c", "d", "e"].map(|id| cells(&[id]));
        let mut file = writer.write(&rows[..1]).expect("is written");
        assert!(!file.is_empty(), "rows are sent as they come");
        file.extend(writer.write(&rows[1..]).expect("is written"));
        let name = |number, total| format!("{number} of {total}");
        file.extend(writer.finish(name).expect("ends"));
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("is an archive");
        let mut part = |name: &str| {
            let mut text = String::new();
            let mut part = archive.by_name(name).expect(name);
            part.read_to_string(&mut text).expect("is text");
            text
        };
        for (sheet, ids) in [(1, ["a", "b"].as_slice()), (2, &["c", "d"]), (3, &["e"])] {
            let sheet = part(&format!("xl/worksheets/sheet{sheet}.xml"));
            assert_eq!(sheet.matches("<row ").count(), ids.len() + 1);
            for id in ids.iter().chain(&["ID"]) {
                assert!(sheet.contains(&format!(">{id}</t>")), "{sheet}");
            }
        }
        assert!(part("xl/workbook.xml").contains(r#"name="3 of 3""#));
    }
}
