//! Tables as files: CSV, sent as it is read, and Excel's own format.
//!
//! Both hold text only. A cell that a spreadsheet would take for a formula is made plain in CSV;
//! in Excel's format it is marked as text.

use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use futures_util::{Stream, StreamExt as _};
use rust_xlsxwriter::{Format as Style, Workbook, Worksheet, XlsxError};

use super::{Error, Result};

/// Without it Excel takes Korean in a CSV file for something else.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The most rows that Excel's format can hold, without the head.
const MOST_ROWS: u32 = 1_048_575;

/// The most characters that a cell of Excel's format can hold.
const LONGEST_CELL: usize = 32_000;

/// Which kind of file an address asks for, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
}

impl Format {
    /// By how an address ends, if it is that of a file.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, ending) = path.rsplit_once('.')?;
        let mut formats = [Self::Csv, Self::Xlsx].into_iter();
        formats.find(|it| it.ending() == ending)
    }

    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::of_path(parts.uri.path()).ok_or(Error::NotFound)
    }
}

/// A table to be sent: `name` without its ending, and what stands above the columns.
#[derive(Debug)]
pub struct TableFile {
    pub format: Format,
    pub name: String,
    pub head: Vec<String>,
}

/// Rows of cells, as many at a time as were read at once.
pub type Rows = Vec<Vec<String>>;

impl TableFile {
    /// The file, with rows that are read while it is sent. When they cannot be read to the end,
    /// the download is broken off, so that nobody takes a part for the whole.
    ///
    /// # Errors
    /// In Excel's format nothing is sent before everything has been read.
    pub async fn send(
        self,
        rows: impl Stream<Item = Result<Rows>> + Send + 'static,
    ) -> Result<Response> {
        let Self { format, name, head } = self;
        let body = match format {
            Format::Csv => Body::from_stream(csv_of(head, rows)),
            Format::Xlsx => Body::from(xlsx_of(head, rows).await?),
        };
        let disposition = format!("attachment; filename=\"{name}.{}\"", format.ending());
        let disposition = HeaderValue::from_str(&disposition).map_err(Error::internal)?;
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static(format.media_type()),
            ),
            (header::CONTENT_DISPOSITION, disposition),
        ];
        Ok((headers, body).into_response())
    }
}

fn csv_of(
    head: Vec<String>,
    rows: impl Stream<Item = Result<Rows>> + Send + 'static,
) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    let first = futures_util::stream::once(async move {
        let mut begin = BYTE_ORDER_MARK.as_bytes().to_vec();
        begin.extend(lines(&[head])?);
        Ok(begin)
    });
    let rows = rows.map(|read| match read {
        Ok(rows) => lines(&rows),
        Err(error) => {
            tracing::warn!(?error, "an export was broken off");
            Err(std::io::Error::other(
                "the rows could not be read to the end",
            ))
        }
    });
    // What compresses it asks once more after the end.
    first.chain(rows).fuse()
}

fn lines(rows: &[Vec<String>]) -> std::io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| plain(cell)))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A cell that no spreadsheet runs: what begins like a formula gets an apostrophe before it. Where
/// spreadsheets part cells at other signs than a comma, they take no heed of the quotes around this
/// one, so that what stands behind such a sign may begin a cell too.
fn plain(cell: &str) -> String {
    let runs = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let is_blank = |c: char| matches!(c, ' ' | '\n' | '\u{a0}' | '\u{3000}');
    let mut plain = String::with_capacity(cell.len());
    let begin = cell.trim_start_matches(is_blank);
    if begin.starts_with(|c| runs(c) || matches!(c, '\t' | '\r')) {
        plain.push('\'');
    }
    let mut begins = false;
    for c in cell.chars() {
        if begins && runs(c) {
            plain.push('\'');
        }
        let parts = matches!(c, ';' | '|' | '\t' | '\r' | '\n');
        begins = parts || begins && is_blank(c);
        plain.push(c);
    }
    plain
}

async fn xlsx_of(
    head: Vec<String>,
    rows: impl Stream<Item = Result<Rows>> + Send + 'static,
) -> Result<Vec<u8>> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory();
    let sheet = sheet.map_err(Error::internal)?;
    begin_sheet(sheet, &head).map_err(Error::internal)?;
    let mut rows = std::pin::pin!(rows);
    let mut number = 0;
    while let Some(read) = rows.next().await {
        for row in read? {
            number += 1;
            if number > MOST_ROWS {
                return Err(Error::TooManyRows);
            }
            write_row(sheet, number, &row).map_err(Error::internal)?;
        }
    }
    let width = u16::try_from(head.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet
        .autofilter(0, 0, number, width)
        .map_err(Error::internal)?;
    // Packing it takes its time, which must not be the time of other pages.
    let packed = tokio::task::spawn_blocking(move || workbook.save_to_buffer()).await;
    packed.map_err(Error::internal)?.map_err(Error::internal)
}

fn begin_sheet(sheet: &mut Worksheet, head: &[String]) -> std::result::Result<(), XlsxError> {
    let bold = Style::new().set_bold();
    for (column, title) in (0..).zip(head) {
        sheet.set_column_width(column, 22)?;
        sheet.write_string_with_format(0, column, title, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    number: u32,
    row: &[String],
) -> std::result::Result<(), XlsxError> {
    for (column, cell) in (0..).zip(row) {
        if cell.chars().count() > LONGEST_CELL {
            let cut: String = cell.chars().take(LONGEST_CELL).collect();
            sheet.write_string(number, column, cut + "…")?;
        } else {
            sheet.write_string(number, column, cell)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_runs_in_a_spreadsheet() {
        for formula in ["=1+1", "+1", "-1", "@a", "\t1", "\r1", " =1", "＝1"] {
            assert_eq!(plain(formula), format!("'{formula}"));
        }
        for (formula, text) in [
            ("x; =1;@a;y", "x; '=1;'@a;y"),
            ("x\t-1|+1\n=1", "x\t'-1|'+1\n'=1"),
        ] {
            assert_eq!(plain(formula), text);
        }
        for text in ["", "web-01", "a=b", "1-2", "–", "관제", "a;b", "a, =b"] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn lines_end_as_excel_writes_them_and_quotes_are_doubled() {
        let row = ["a,b", "say \"hi\"", "two\nlines"].map(str::to_owned);
        let told = lines(&[row.to_vec()]).expect("can be written");
        assert_eq!(
            String::from_utf8(told).expect("is text"),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }
}
