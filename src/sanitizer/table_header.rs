//! Turns a shaded first row into header cells: the vendor's editor writes headers as shaded `td`.

use std::{mem, ops::Range};

use super::style_classes::StyleClasses;

/// The first row of a table while the table is written.
#[derive(Default)]
pub struct TableHeader {
    rows: usize,
    is_shaded_row: bool,
    has_plain_cell: bool,
    /// From the start tag of each cell to its end tag.
    cells: Vec<Range<usize>>,
}

impl TableHeader {
    /// Called before each row's start tag. Returns the header's cells at the second row.
    pub fn start_row(&mut self, classes: &StyleClasses) -> Vec<Range<usize>> {
        self.rows += 1;
        if self.rows == 1 {
            self.is_shaded_row = classes.is_shaded();
        }
        let cells = mem::take(&mut self.cells);
        if self.has_plain_cell {
            return Vec::new();
        }
        cells
    }

    pub fn start_cell(&mut self, name: &str, classes: &StyleClasses, at: usize) {
        if self.rows == 1 {
            self.cells.push(at..at);
            let is_header = self.is_shaded_row || name == "th" || classes.is_shaded();
            self.has_plain_cell |= !is_header;
        }
    }

    pub fn end_cell(&mut self, at: usize) {
        if self.rows == 1
            && let Some(cell) = self.cells.last_mut()
        {
            cell.end = at;
        }
    }
}

/// `<td …>…</td>` or `<th …>…</th>` become `<th scope="col" …>…</th>`.
pub fn rename_cells(html: &mut String, cells: &[Range<usize>]) {
    let Some(first) = cells.first() else {
        return;
    };
    let start = first.start;
    let row = html.split_off(start);
    let mut from = 0;
    for cell in cells {
        html.push_str(&row[from..cell.start - start]);
        html.push_str("<th scope=\"col\"");
        html.push_str(&row[cell.start - start + "<td".len()..cell.end - start]);
        html.push_str("</th>");
        from = cell.end - start + "</td>".len();
    }
    html.push_str(&row[from..]);
}
