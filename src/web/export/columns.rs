//! The columns of a list, defined once for every format.

use crate::{
    model::{ApiTimestamp, VendorTerm},
    web::Layout,
};

/// The columns of a list of `T`, in order. A title is the key of its message.
pub struct Columns<T>(Vec<Column<T>>);

struct Column<T> {
    title: &'static str,
    cell: Cell<T>,
}

enum Cell<T> {
    Text(fn(&T) -> Option<&str>),
    Time(fn(&T) -> Option<&ApiTimestamp>),
    /// In the reader's language.
    VendorTerm(fn(&T) -> Option<&VendorTerm>),
    /// As the API wrote it.
    OriginalWord(fn(&T) -> Option<&VendorTerm>),
    Rendered(fn(&Layout, &T) -> String),
}

impl<T> Default for Columns<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Columns<T> {
    #[must_use]
    pub fn text(self, title: &'static str, text: fn(&T) -> Option<&str>) -> Self {
        self.with(title, Cell::Text(text))
    }

    #[must_use]
    pub fn time(self, title: &'static str, time: fn(&T) -> Option<&ApiTimestamp>) -> Self {
        self.with(title, Cell::Time(time))
    }

    /// Two columns: the word in the reader's language, and as the API wrote it.
    #[must_use]
    pub fn word(self, title: &'static str, word: fn(&T) -> Option<&VendorTerm>) -> Self {
        self.with(title, Cell::VendorTerm(word))
            .with(title, Cell::OriginalWord(word))
    }

    /// A column whose text depends on the reader's language.
    #[must_use]
    pub fn rendered(self, title: &'static str, cell: fn(&Layout, &T) -> String) -> Self {
        self.with(title, Cell::Rendered(cell))
    }

    fn with(mut self, title: &'static str, cell: Cell<T>) -> Self {
        self.0.push(Column { title, cell });
        self
    }

    #[must_use]
    pub fn head(&self, layout: &Layout) -> Vec<String> {
        let title = |column: &Column<T>| {
            let title = layout.t(column.title);
            match column.cell {
                Cell::OriginalWord(_) => layout.t_with("export-original", [("title", title)]),
                _ => title.to_owned(),
            }
        };
        self.0.iter().map(title).collect()
    }

    #[must_use]
    pub fn row(&self, layout: &Layout, row: &T) -> Vec<String> {
        let cell = |column: &Column<T>| match column.cell {
            Cell::Text(text) => text(row).unwrap_or_default().to_owned(),
            Cell::Time(time) => time(row).map(time_text).unwrap_or_default(),
            Cell::VendorTerm(word) => word(row).map_or("", |word| layout.word(word)).to_owned(),
            Cell::OriginalWord(word) => {
                let original = word(row).map(|word| word.original().to_owned());
                original.unwrap_or_default()
            }
            Cell::Rendered(render) => render(layout, row),
        };
        self.0.iter().map(cell).collect()
    }
}

fn time_text(time: &ApiTimestamp) -> String {
    match time {
        ApiTimestamp::At(at) => at.to_string(),
        ApiTimestamp::AsWritten(text) => text.clone(),
    }
}
