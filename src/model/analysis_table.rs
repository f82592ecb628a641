//! The table that an analysis holds, as data.
//!
//! It is read strictly: a row counts when it has as many cells as the header, and cells stay as they were written. The
//! page shows the analyst's HTML; filters, sums and exports use the rows.

use super::{AddressKey, KstDateTime};

/// Rows of one analysis.
pub const MAX_TABLE_ROWS: usize = 10_000;
/// Of one cell, in characters: a pattern can hold a whole request.
const MAX_CELL: usize = 2_000;

/// The class that the vendor's editor gives its tables.
const TABLE_CLASS: &str = "__se_tbl";

/// The vendor's tables of attacks in one analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnalysisTable {
    pub rows: Vec<AnalysisRow>,
    /// Total stated by the last row of each table, summed.
    pub stated_total: Option<u64>,
    /// Rows whose cell count differs from the header's.
    pub skipped: usize,
}

/// One row, as it was written; an empty cell is an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnalysisRow {
    pub name: String,
    pub ended: String,
    pub severity: String,
    pub source: String,
    pub source_port: String,
    pub source_country: String,
    pub destination: String,
    pub destination_port: String,
    pub destination_country: String,
    pub direction: String,
    pub pattern: String,
    pub count: String,
}

impl AnalysisRow {
    /// It is written without a zone: Korean time.
    #[must_use]
    pub fn ended_at(&self) -> Option<KstDateTime> {
        KstDateTime::parse(&self.ended).ok()
    }

    #[must_use]
    pub fn source_key(&self) -> Option<AddressKey> {
        AddressKey::parse(&self.source).ok()
    }

    #[must_use]
    pub fn destination_key(&self) -> Option<AddressKey> {
        AddressKey::parse(&self.destination).ok()
    }

    /// Number of attacks in the row.
    #[must_use]
    pub fn attacks(&self) -> Option<u64> {
        number(&self.count)
    }
}

impl AnalysisTable {
    /// Whether every row was read and the sum equals the stated total.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let sum: Option<u64> = self.rows.iter().map(AnalysisRow::attacks).sum();
        self.skipped == 0 && (self.stated_total.is_none() || self.stated_total == sum)
    }

    /// The tables of attacks in the HTML of an analysis, as it came; empty without any.
    #[must_use]
    pub fn parse(html: &str) -> Self {
        let mut table = Self::default();
        let mut rest = html;
        while let Some(start) = rest.find("<table") {
            rest = &rest[start..];
            let Some(head_end) = rest.find('>') else {
                break;
            };
            let (head, body) = rest.split_at(head_end);
            let end = body.find("</table").unwrap_or(body.len());
            if head.contains(TABLE_CLASS) {
                table.read(&body[..end]);
            }
            rest = &body[end..];
        }
        table
    }

    fn read(&mut self, body: &str) {
        let mut rows = body.split("<tr").skip(1).map(cells);
        let Some(columns) = rows.next().as_deref().and_then(header) else {
            return;
        };
        for cells in rows {
            match cells.as_slice() {
                [] => {}
                [total] if total.starts_with("Total") => {
                    let stated = total.split_once(':').and_then(|(_, total)| number(total));
                    self.stated_total = stated.map(|total| total + self.stated_total.unwrap_or(0));
                }
                cells if cells.len() == columns.len() && self.rows.len() < MAX_TABLE_ROWS => {
                    let mut row = AnalysisRow::default();
                    for (column, cell) in columns.iter().zip(cells) {
                        if let Some(column) = column {
                            column(&mut row).clone_from(cell);
                        }
                    }
                    self.rows.push(row);
                }
                _ => self.skipped += 1,
            }
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok()
}

type Column = fn(&mut AnalysisRow) -> &mut String;

/// The columns of a table of attacks, those without a known name as `None`; `None` for another table.
fn header(cells: &[String]) -> Option<Vec<Option<Column>>> {
    let columns: Vec<Option<Column>> = cells.iter().map(|name| column(name)).collect();
    let names = |name: &str| cells.iter().any(|cell| cell == name);
    (names("종료시간") && names("공격자 주소") && names("목적지 주소")).then_some(columns)
}

fn column(name: &str) -> Option<Column> {
    Some(match name {
        "이름" => |row| &mut row.name,
        "종료시간" => |row| &mut row.ended,
        "위험도" => |row| &mut row.severity,
        "공격자 주소" => |row| &mut row.source,
        "공격자 포트" => |row| &mut row.source_port,
        "공격자 국가" => |row| &mut row.source_country,
        "목적지 주소" => |row| &mut row.destination,
        "목적지 포트" => |row| &mut row.destination_port,
        "목적지 국가" => |row| &mut row.destination_country,
        "탐지방향" => |row| &mut row.direction,
        "탐지패턴" => |row| &mut row.pattern,
        "공격횟수" => |row| &mut row.count,
        _ => return None,
    })
}

/// The texts of a row's cells.
fn cells(row: &str) -> Vec<String> {
    let row = row.split("</tr").next().unwrap_or_default();
    let cells = row.split("<td").skip(1);
    cells
        .map(|cell| cell_text(cell.split("</td").next().unwrap_or_default()))
        .collect()
}

/// The text of a cell, from within its opening tag on.
fn cell_text(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell.split_once('>').map_or("", |(_, content)| content);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        rest = match tag.split_once('>') {
            Some((_, behind)) if is_tag => behind,
            _ => {
                text.push('<');
                tag
            }
        };
    }
    text.push_str(rest);
    let text = decode(&text);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(MAX_CELL).collect()
}

/// The references that the editor writes.
fn decode(text: &str) -> String {
    let mut text = text.to_owned();
    for (reference, c) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        if text.contains('&') {
            text = text.replace(reference, c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../tests/it/sanitizer/guide.html");

    #[test]
    fn table_of_the_guide_is_one_row() {
        let table = AnalysisTable::parse(GUIDE);
        assert!(table.is_whole());
        assert_eq!((table.stated_total, table.skipped), (Some(1), 0));
        let [row] = table.rows.as_slice() else {
            panic!("one row: {table:?}")
        };
        assert_eq!(row.name, "UDS_Appkey_PIOLINK");
        assert_eq!(
            row.ended_at().map(KstDateTime::to_api).as_deref(),
            Some("2018-08-21T12:07:59")
        );
        assert_eq!(row.source_key(), AddressKey::parse("211.58.124.208").ok());
        assert_eq!(
            (row.source_port.as_str(), row.source_country.as_str()),
            ("50741", "Korea, Republic of")
        );
        assert_eq!(
            row.destination_key(),
            AddressKey::parse("133.186.242.15").ok()
        );
        assert_eq!(
            (
                row.destination_port.as_str(),
                row.destination_country.as_str()
            ),
            ("80", "Japan")
        );
        assert_eq!(
            (row.severity.as_str(), row.direction.as_str()),
            ("Low", "Inbound")
        );
        assert_eq!((row.pattern.as_str(), row.attacks()), ("", Some(1)));
    }

    fn table(rows: &[&[&str]]) -> String {
        let row = |cells: &&[&str]| {
            let cells: Vec<_> = cells
                .iter()
                .map(|cell| format!("<td a='b'><p>{cell}</p></td>"))
                .collect();
            format!("<tr>{}</tr>", cells.concat())
        };
        let rows: Vec<String> = rows.iter().map(row).collect();
        format!(
            "<p>x</p><table class=\"__se_tbl\"><tbody>{}</tbody></table>",
            rows.concat()
        )
    }

    const HEADER: &[&str] = &[
        "공격자 주소",
        "비고",
        "목적지 주소",
        "종료시간",
        "공격횟수",
        "탐지패턴",
    ];

    #[test]
    fn columns_are_found_by_name_and_odd_rows_skipped() {
        let html = table(&[
            HEADER,
            &[
                "10.0.0.1",
                "x",
                "10.0.0.2",
                "2021-07-01 00:00:00",
                "1,200",
                "a &lt;b&gt; <b>c</b> < d &amp;lt;",
            ],
            &["10.0.0.1", "10.0.0.2"],
            &["Total : 1200"],
        ]);
        let table = AnalysisTable::parse(&html);
        assert_eq!(
            (table.rows.len(), table.skipped, table.stated_total),
            (1, 1, Some(1200))
        );
        assert_eq!(table.rows[0].pattern, "a <b> c < d &lt;");
        assert_eq!(table.rows[0].attacks(), Some(1200));
        assert!(!table.is_whole());
    }

    #[test]
    fn total_is_flagged_when_it_differs_from_the_rows() {
        let row: &[&str] = &["10.0.0.1", "", "10.0.0.2", "2021-07-01 00:00:00", "2", ""];
        for (total, is_whole) in [("Total : 4", true), ("Total : 5", false), ("Total", true)] {
            assert_eq!(
                AnalysisTable::parse(&table(&[HEADER, row, row, &[total]])).is_whole(),
                is_whole,
                "{total}"
            );
        }
    }

    #[test]
    fn other_tables_hold_no_rows() {
        for html in [
            "",
            "<table",
            "<table class=\"__se_tbl\">",
            "<table class=\"__se_tbl\"><tr>",
            "<table class=\"__se_tbl\"><tr><td>목적지 주소</td></tr><tr><td>10.0.0.1</td></tr></table>",
            "<table><tr><td>종료시간</td><td>공격자 주소</td><td>목적지 주소</td></tr><tr><td>1</td><td>2</td><td>3</td></tr></table>",
        ] {
            assert_eq!(
                AnalysisTable::parse(html),
                AnalysisTable::default(),
                "{html}"
            );
        }
    }
}
