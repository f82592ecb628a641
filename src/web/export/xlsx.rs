//! XLSX as a stream of inline strings. The first sheet, which describes the file, is written last.

use std::io;

use crate::web::i18n::Locale;

use super::{
    Rows,
    about::Facts,
    xml::{self, Style},
    zip_file::ZipFile,
};

/// Excel's limit, including the head.
const MAX_ROWS: u32 = 1_048_576;

/// A larger part needs zip64, which Excel does not read from a stream.
const MAX_SHEET_BYTES: u64 = 3_000_000_000;

/// Excel's limit of a cell, in UTF-16 units.
const MAX_CELL: usize = 32_767;

/// For the note at the end of a piece of a cell that is too long.
const MAX_NOTE: usize = 60;

/// A workbook in progress. A long list continues on further sheets with the same head, and a long cell behind the last
/// column of its row.
pub(super) struct XlsxWriter {
    file: ZipFile,
    locale: Locale,
    head: Vec<String>,
    sheets: u32,
    /// Rows of the current sheet, including the head.
    rows: u32,
    sheet_bytes: u64,
    max_rows: u32,
    long_cells: u64,
}

impl XlsxWriter {
    pub(super) fn new(locale: Locale, head: &[String]) -> io::Result<Self> {
        Self::with_max_rows(locale, head, MAX_ROWS)
    }

    fn with_max_rows(locale: Locale, head: &[String], max_rows: u32) -> io::Result<Self> {
        let mut writer = Self {
            file: ZipFile::new(),
            locale,
            head: head.to_vec(),
            sheets: 0,
            rows: 0,
            sheet_bytes: 0,
            max_rows,
            long_cells: 0,
        };
        let file = &mut writer.file;
        file.part("[Content_Types].xml", &xml::content_types())?;
        file.part("_rels/.rels", &xml::package_relationships())?;
        file.part("xl/styles.xml", &xml::styles())?;
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
            if cells.iter().any(|cell| xml::is_longer(cell, MAX_CELL)) {
                let cells = self.spread(cells);
                self.row(&cells, Style::Text)?;
            } else {
                self.row(cells, Style::Text)?;
            }
        }
        self.file.take()
    }

    /// The rest of the workbook.
    pub(super) fn finish(mut self, mut facts: Facts) -> io::Result<Vec<u8>> {
        self.end_sheet()?;
        let locale = self.locale;
        let mut add = |key: &str, count: u64| {
            let value = locale.t_with(key, &[("count", count)]);
            facts.push([locale.t("about-limits").to_owned(), value]);
        };
        if self.sheets > 1 {
            add("about-sheets", self.sheets.into());
        }
        if self.long_cells > 0 {
            add("about-long-cells", self.long_cells);
        }
        let mut names = vec![locale.t("about").to_owned()];
        names.extend((1..=self.sheets).map(|number| {
            locale.t_with(
                "export-sheet",
                &[("number", number), ("total", self.sheets)],
            )
        }));
        let sheet = format!("xl/worksheets/sheet{}.xml", self.sheets + 1);
        self.file.part(&sheet, &xml::about_sheet(&facts))?;
        self.file.part("xl/workbook.xml", &xml::workbook(&names))?;
        self.file.part(
            "xl/_rels/workbook.xml.rels",
            &xml::workbook_relationships(self.sheets),
        )?;
        self.file.finish()
    }

    fn start_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        self.rows = 0;
        self.sheet_bytes = 0;
        let name = format!("xl/worksheets/sheet{}.xml", self.sheets);
        self.file.start_part(&name, false)?;
        let start = xml::sheet_start(self.head.len());
        self.file.write(start.as_bytes())?;
        let head = self.head.clone();
        self.row(&head, Style::Bold)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        let end = xml::sheet_end(self.head.len(), self.rows);
        self.file.write(end.as_bytes())
    }

    fn row(&mut self, cells: &[String], style: Style) -> io::Result<()> {
        self.rows += 1;
        let row = xml::row(self.rows, cells, style);
        self.sheet_bytes += row.len() as u64;
        self.file.write(row.as_bytes())
    }

    /// The cells, with the rest of each long one behind the last column. Each piece names the column of the next one.
    fn spread(&mut self, cells: &[String]) -> Vec<String> {
        let (mut row, mut behind) = (Vec::new(), Vec::new());
        for cell in cells {
            if !xml::is_longer(cell, MAX_CELL) {
                row.push(cell.clone());
                continue;
            }
            self.long_cells += 1;
            let mut pieces = xml::pieces(cell, MAX_CELL - MAX_NOTE).into_iter();
            let first = pieces.next().unwrap_or_default();
            let mut last = first.to_owned();
            let mut spread = Vec::new();
            for piece in pieces {
                let column = xml::column_name(cells.len() + behind.len() + spread.len());
                last += &self.locale.t_with("export-goes-on", &[("column", column)]);
                spread.push(std::mem::replace(&mut last, piece.to_owned()));
            }
            spread.push(last);
            let mut spread = spread.into_iter();
            row.extend(spread.next());
            behind.extend(spread);
        }
        row.extend(behind);
        row
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::*;

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().copied().map(str::to_owned).collect()
    }

    fn parts(file: Vec<u8>) -> impl FnMut(&str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("is an archive");
        move |name| {
            let mut text = String::new();
            let mut part = archive.by_name(name).expect(name);
            part.read_to_string(&mut text).expect("is text");
            text
        }
    }

    #[test]
    fn list_longer_than_a_sheet_goes_on_in_the_next() {
        let mut writer =
            XlsxWriter::with_max_rows(Locale::English, &cells(&["ID"]), 3).expect("starts");
        let rows = ["a", "b", "c", "d", "e"].map(|id| cells(&[id]));
        let mut file = writer.write(&rows[..1]).expect("is written");
        assert!(!file.is_empty(), "rows are sent as they come");
        file.extend(writer.write(&rows[1..]).expect("is written"));
        file.extend(writer.finish(Facts::new()).expect("ends"));
        let mut part = parts(file);
        for (sheet, ids) in [(1, ["a", "b"].as_slice()), (2, &["c", "d"]), (3, &["e"])] {
            let sheet = part(&format!("xl/worksheets/sheet{sheet}.xml"));
            assert_eq!(sheet.matches("<row ").count(), ids.len() + 1);
            for id in ids.iter().chain(&["ID"]) {
                assert!(sheet.contains(&format!(">{id}</t>")), "{sheet}");
            }
        }
        let workbook = part("xl/workbook.xml");
        let first = workbook.find(r#"<sheet name="About" sheetId="4" r:id="rId4"/>"#);
        assert!(first < workbook.find("Sheet 1 of 3"), "{workbook}");
        let about = part("xl/worksheets/sheet4.xml");
        assert!(about.contains("3 sheets"), "{about}");
    }

    #[test]
    fn cell_longer_than_excel_allows_continues_behind_the_row() {
        let mut writer = XlsxWriter::new(Locale::English, &cells(&["A", "B"])).expect("starts");
        let long = "관제".repeat(MAX_CELL);
        let rows = [cells(&[&long, "short"]), cells(&["last", "row"])];
        let mut file = writer.write(&rows).expect("is written");
        file.extend(writer.finish(Facts::new()).expect("ends"));
        let mut part = parts(file);
        let sheet = part("xl/worksheets/sheet1.xml");
        let mut whole = String::new();
        for (column, next) in [("A", Some("C")), ("C", Some("D")), ("D", None)] {
            let (_, cell) = sheet
                .split_once(&format!(r#"r="{column}2""#))
                .expect(column);
            let (_, cell) = cell.split_once("preserve\">").expect("has a text");
            let (cell, _) = cell.split_once("</t>").expect("ends");
            assert!(cell.encode_utf16().count() <= MAX_CELL);
            let note = next.map_or(String::new(), |next| {
                format!(" … (goes on in column {next})")
            });
            whole += cell.strip_suffix(&note).expect("says where it goes on");
        }
        assert_eq!(whole, long);
        let about = part("xl/worksheets/sheet2.xml");
        assert!(about.contains("1 cell "), "{about}");
    }
}
