//! The table of an analysis, byte for byte as in the guide.

/// The columns of the guide's table.
pub const COLUMNS: [&str; 12] = [
    "이름",
    "종료시간",
    "위험도",
    "공격자 주소",
    "공격자 포트",
    "공격자 국가",
    "목적지 주소",
    "목적지 포트",
    "목적지 국가",
    "탐지방향",
    "탐지패턴",
    "공격횟수",
];

/// Content of an empty cell.
pub const NOTHING: &str = "&nbsp;";

const HEADER: &str = "#eaeaea";
const BODY: &str = "#ffffff";

/// A table under construction. Cells are HTML and go in as they are.
pub struct Table(String);

impl Table {
    pub fn new(header: &[&str]) -> Self {
        let start = "<table border=\"1\" cellpadding=\"0\" cellspacing=\"0\" class=\"__se_tbl\" style=\"width:1400px\">\r\n\t<tbody>\r\n";
        let mut table = Self(start.to_owned());
        table.line(header, HEADER);
        table
    }

    pub fn row(&mut self, cells: &[&str]) {
        self.line(cells, BODY);
    }

    /// Ends the table with its last row, which counts the others.
    pub fn total(mut self, columns: usize, total: u64) -> String {
        self.0.push_str("\t\t<tr>\r\n");
        let colspan = format!("colspan=\"{columns}\" ");
        self.cell(&colspan, &format!("Total : {total}"), BODY);
        self.0.push_str("\t\t</tr>\r\n\t</tbody>\r\n</table>\r\n");
        self.0
    }

    fn line(&mut self, cells: &[&str], color: &str) {
        self.0.push_str("\t\t<tr>\r\n");
        for cell in cells {
            self.cell("", cell, color);
        }
        self.0.push_str("\t\t</tr>\r\n");
    }

    fn cell(&mut self, attribute: &str, html: &str, color: &str) {
        let parts = [
            "\t\t\t<td ",
            attribute,
            "style=\"background-color:",
            color,
            "; height:18px\">\r\n\t\t\t<p style=\"text-align:center\">",
            html,
            "</p>\r\n\t\t\t</td>\r\n",
        ];
        self.0.extend(parts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Sample {
        data: Data,
    }

    #[derive(serde::Deserialize)]
    struct Data {
        result: Vec<String>,
    }

    #[test]
    fn guide_table_is_reproduced_byte_for_byte() {
        let sample = include_str!("../../../tests/it/guide/ticket.json");
        let sample: Sample = serde_json::from_str(sample).expect("the guide's sample is JSON");
        let mut table = Table::new(&COLUMNS);
        table.row(&[
            "UDS_Appkey_PIOLINK",
            "2018-08-21 12:07:59",
            "Low",
            "211.58.124.208",
            "50741",
            "Korea, Republic of",
            "133.186.242.15",
            "80",
            "Japan",
            "Inbound",
            NOTHING,
            "1",
        ]);
        assert_eq!(table.total(12, 1), sample.data.result[1]);
    }
}
