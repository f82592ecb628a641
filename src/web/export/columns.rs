//! The columns of a list, defined once for every format.

use crate::{
    model::{ApiTimestamp, VendorTerm},
    web::Layout,
};

/// The columns of a list of `T`, in order. A title is the key of its message.
pub struct Columns<T>(Vec<Column<T>>);

type Cell<T> = Box<dyn Fn(&Layout, &T) -> String + Send + Sync>;

struct Column<T> {
    title: &'static str,
    is_original: bool,
    cell: Cell<T>,
}

impl<T> Default for Columns<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: 'static> Columns<T> {
    #[must_use]
    pub fn text(self, title: &'static str, text: fn(&T) -> Option<&str>) -> Self {
        self.rendered(title, move |_, row| {
            text(row).unwrap_or_default().to_owned()
        })
    }

    #[must_use]
    pub fn time(self, title: &'static str, time: fn(&T) -> Option<&ApiTimestamp>) -> Self {
        self.rendered(title, move |_, row| match time(row) {
            Some(ApiTimestamp::At(at)) => at.to_string(),
            Some(ApiTimestamp::AsWritten(text)) => text.clone(),
            None => String::new(),
        })
    }

    /// Two columns: the term in the reader's language, and the API's original.
    #[must_use]
    pub fn term(self, title: &'static str, term: fn(&T) -> Option<&VendorTerm>) -> Self {
        let translated = self.rendered(title, move |page, row| {
            term(row).map_or("", |term| page.word(term)).to_owned()
        });
        let mut columns = translated.rendered(title, move |_, row| {
            term(row).map_or("", VendorTerm::original).to_owned()
        });
        if let Some(original) = columns.0.last_mut() {
            original.is_original = true;
        }
        columns
    }

    /// A column whose text depends on the reader's language.
    #[must_use]
    pub fn rendered(
        mut self,
        title: &'static str,
        cell: impl Fn(&Layout, &T) -> String + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Column {
            title,
            is_original: false,
            cell: Box::new(cell),
        });
        self
    }

    #[must_use]
    pub fn head(&self, layout: &Layout) -> Vec<String> {
        let title = |column: &Column<T>| match (layout.t(column.title), column.is_original) {
            (title, true) => layout.t_with("export-original", [("title", title)]),
            (title, false) => title.to_owned(),
        };
        self.0.iter().map(title).collect()
    }

    #[must_use]
    pub fn row(&self, layout: &Layout, row: &T) -> Vec<String> {
        let cells = self.0.iter().map(|column| (column.cell)(layout, row));
        cells.collect()
    }
}
