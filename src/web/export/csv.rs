//! CSV for Excel: with a byte order mark, without formulas, with ids as text.

use std::{borrow::Cow, io};

use super::Rows;

/// Without it Excel misreads Korean.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The precision of a number in a spreadsheet, in digits.
const MAX_DIGITS: usize = 15;

pub(super) struct CsvWriter {
    /// Sent together with the first rows.
    head: Vec<u8>,
}

impl CsvWriter {
    pub(super) fn new(head: &[String]) -> io::Result<Self> {
        let mut bytes = BYTE_ORDER_MARK.as_bytes().to_vec();
        bytes.extend(lines(&[head.to_vec()])?);
        Ok(Self { head: bytes })
    }

    pub(super) fn write(&mut self, rows: &Rows) -> io::Result<Vec<u8>> {
        let mut bytes = std::mem::take(&mut self.head);
        bytes.extend(lines(rows)?);
        Ok(bytes)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.head
    }
}

fn lines(rows: &Rows) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| spreadsheet_text(cell).into_owned()))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A cell that a spreadsheet shows unchanged.
///
/// A trailing tab makes Excel read an id as text instead of a rounded number. Programs strip trailing white space; a
/// leading quote or invisible character would become part of the id.
fn spreadsheet_text(cell: &str) -> Cow<'_, str> {
    if is_changed_as_number(cell) {
        return format!("{cell}\t").into();
    }
    escape_formula(cell)
}

/// A spreadsheet rounds long numbers, drops leading zeros and reads `12e3` as 12000.
fn is_changed_as_number(cell: &str) -> bool {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match cell.split_once(['e', 'E']) {
        Some((number, exponent)) => are_digits(number) && are_digits(exponent),
        None => {
            are_digits(cell) && (cell.len() > MAX_DIGITS || cell.len() > 1 && cell.starts_with('0'))
        }
    }
}

/// A cell that no spreadsheet evaluates: a formula gets a leading apostrophe. Spreadsheets that split at another
/// separator than the comma ignore the quotes, so that a formula may also follow such a separator.
fn escape_formula(cell: &str) -> Cow<'_, str> {
    let runs = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let is_blank = |c: char| matches!(c, ' ' | '\n' | '\u{a0}' | '\u{3000}');
    let mut escaped = String::with_capacity(cell.len());
    let trimmed = cell.trim_start_matches(is_blank);
    if trimmed.starts_with(|c| runs(c) || matches!(c, '\t' | '\r')) {
        escaped.push('\'');
    }
    let mut begins_cell = false;
    for c in cell.chars() {
        if begins_cell && runs(c) {
            escaped.push('\'');
        }
        let separates = matches!(c, ';' | '|' | '\t' | '\r' | '\n');
        begins_cell = separates || begins_cell && is_blank(c);
        escaped.push(c);
    }
    escaped.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cell_does_not_run_in_a_spreadsheet() {
        for formula in ["=1+1", "+1", "-1", "@a", "\t1", "\r1", " =1", "＝1"] {
            assert_eq!(spreadsheet_text(formula), format!("'{formula}"));
        }
        for (formula, text) in [
            ("x; =1;@a;y", "x; '=1;'@a;y"),
            ("x\t-1|+1\n=1", "x\t'-1|'+1\n'=1"),
        ] {
            assert_eq!(spreadsheet_text(formula), text);
        }
        for text in ["", "web-01", "a=b", "1-2", "–", "관제", "a;b", "a, =b"] {
            assert_eq!(spreadsheet_text(text), text);
        }
    }

    #[test]
    fn id_is_text_for_a_spreadsheet_and_whole_for_a_program() {
        for id in ["98765432109876543", "98765432109876543210", "0042", "12e34"] {
            let text = spreadsheet_text(id);
            assert_eq!(text, format!("{id}\t"));
            assert_eq!(text.trim(), id);
        }
        for number in [
            "0",
            "80",
            "443",
            "123456789012345",
            "e5",
            "1e",
            "1.5",
            "2e-3",
        ] {
            assert_eq!(spreadsheet_text(number), number);
        }
    }

    #[test]
    fn lines_end_as_excel_writes_them_and_quotes_are_doubled() {
        let row = ["a,b", "say \"hi\"", "two\nlines"].map(str::to_owned);
        let written = lines(&[row.to_vec()]).expect("can be written");
        assert_eq!(
            String::from_utf8(written).expect("is text"),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }
}
