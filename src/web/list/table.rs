//! The table of a list: links that sort it, and matches of a search in its cells.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    model::{Fragment, highlight},
    web::{Layout, export::Column},
};

use super::{List, ListRow, with_query};

/// What stands for itself in a segment of a path: an IPv6 address stays readable.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b':').remove(b'-');

/// The head of a column.
pub struct HeadCell {
    pub title: &'static str,
    pub class: &'static str,
    /// The same list in the order of this column.
    pub address: Option<String>,
    /// The attribute `aria-sort` of the column that sorts the list.
    pub order: Option<&'static str>,
}

impl<T: ListRow> List<T> {
    #[must_use]
    pub fn head(&self) -> Vec<HeadCell> {
        let columns = self.columns.shown();
        columns.map(|column| self.head_cell(column)).collect()
    }

    fn head_cell(&self, column: &Column<T>) -> HeadCell {
        let sort = self.query.sort();
        let current = column.sort.filter(|name| *name == sort.column);
        let address = column.sort.map(|name| {
            // The newest come first, names from their beginning.
            let descending = match current {
                Some(_) => !sort.descending,
                None => T::DEFINITION.sorts.first() == Some(&name),
            };
            with_query(&self.path, &self.query.sorted_by(name, descending))
        });
        HeadCell {
            title: column.title,
            class: column.class(),
            address,
            order: current.map(|_| {
                if sort.descending {
                    "descending"
                } else {
                    "ascending"
                }
            }),
        }
    }

    /// A text with the matches of the search.
    #[must_use]
    pub fn fragments(&self, text: &str) -> Vec<Fragment> {
        match self.query.search_terms() {
            Some(terms) => highlight(text, terms),
            None => vec![Fragment {
                text: text.to_owned(),
                is_match: false,
            }],
        }
    }

    /// The page of a row, which leads back to this page of the list.
    #[must_use]
    pub fn row_address(&self, row: &T) -> Option<String> {
        let id = row.id().filter(|_| row.has_page())?;
        Some(with_query(&format!("{}/{id}", self.path), &self.query))
    }

    /// Where else a search was found in a row.
    #[must_use]
    pub fn row_matches(&self, row: &T) -> &[super::Match] {
        self.matches
            .get(&row.place())
            .map_or(&[], |matches| matches.as_slice())
    }

    /// The page of everything in which an address appears.
    #[must_use]
    pub fn address_page(&self, layout: &Layout, address: &str) -> String {
        address_page(layout, address)
    }
}

/// The page of everything in which an address appears.
#[must_use]
pub fn address_page(layout: &Layout, address: &str) -> String {
    let address = utf8_percent_encode(address, SEGMENT);
    format!("{}/addresses/{address}", layout.team_path())
}
