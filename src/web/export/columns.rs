//! The columns of a list, defined once for its table and for every file.

use std::borrow::Cow;

use crate::{
    model::{ApiTimestamp, KstDateTime, VendorTerm},
    web::Layout,
};

/// The columns of a list of `T`, in order. A title is the key of its message.
pub struct Columns<T>(Vec<Column<T>>);

/// The content of a column in one row.
#[derive(Debug, Clone)]
pub enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Time(&'a ApiTimestamp),
    Moment(KstDateTime),
    Term(&'a VendorTerm),
    Address(&'a str),
    /// A two-letter code.
    Country(&'a str),
    Names(&'a [String]),
    Link {
        text: String,
        address: String,
    },
}

/// How a table sets a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    Number,
    Time,
    Term,
    Address,
    /// The row's heading, which links to its page.
    Heading,
}

/// Where a column is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Everywhere,
    Files,
    Table,
}

type CellOf<T> = Box<dyn for<'a> Fn(&Layout, &'a T) -> Cell<'a> + Send + Sync>;

pub struct Column<T> {
    pub title: &'static str,
    pub kind: ColumnKind,
    /// Its name in the parameter `sort`.
    pub sort: Option<&'static str>,
    place: Place,
    cell: CellOf<T>,
}

impl Cell<'_> {
    fn from_text(text: Option<&str>) -> Cell<'_> {
        text.map_or(Cell::Empty, |text| Cell::Text(text.into()))
    }

    #[must_use]
    pub fn to_text(&self, layout: &Layout) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone().into_owned(),
            Self::Time(ApiTimestamp::At(at)) | Self::Moment(at) => at.to_string(),
            Self::Time(ApiTimestamp::AsWritten(text)) => text.clone(),
            Self::Term(term) => layout.word(term).to_owned(),
            Self::Address(text) | Self::Country(text) => (*text).to_owned(),
            Self::Names(names) => names.join(" | "),
            Self::Link { text, .. } => text.clone(),
        }
    }
}

impl<T> Column<T> {
    #[must_use]
    pub fn cell<'a>(&self, layout: &Layout, row: &'a T) -> Cell<'a> {
        (self.cell)(layout, row)
    }

    /// Whether a card on a phone needs the title beside the cell.
    #[must_use]
    pub fn has_label(&self) -> bool {
        !matches!(
            self.kind,
            ColumnKind::Heading | ColumnKind::Time | ColumnKind::Term
        )
    }

    /// The class of the column's cells.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self.kind {
            ColumnKind::Text | ColumnKind::Address => "",
            ColumnKind::Number => "number",
            ColumnKind::Time => "when",
            ColumnKind::Term => "badges",
            ColumnKind::Heading => "long",
        }
    }
}

impl<T> Default for Columns<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: 'static> Columns<T> {
    #[must_use]
    pub fn text(self, title: &'static str, text: fn(&T) -> Option<&str>) -> Self {
        self.column(title, ColumnKind::Text, move |_, row| {
            Cell::from_text(text(row))
        })
    }

    #[must_use]
    pub fn number(self, title: &'static str, text: fn(&T) -> Option<&str>) -> Self {
        self.column(title, ColumnKind::Number, move |_, row| {
            Cell::from_text(text(row))
        })
    }

    #[must_use]
    pub fn time(self, title: &'static str, time: fn(&T) -> Option<&ApiTimestamp>) -> Self {
        self.column(title, ColumnKind::Time, move |_, row| {
            time(row).map_or(Cell::Empty, Cell::Time)
        })
    }

    #[must_use]
    pub fn moment(self, title: &'static str, moment: fn(&T) -> Option<KstDateTime>) -> Self {
        self.column(title, ColumnKind::Time, move |_, row| {
            moment(row).map_or(Cell::Empty, Cell::Moment)
        })
    }

    /// In files two columns: the term in the reader's language, and the API's original.
    #[must_use]
    pub fn term(self, title: &'static str, term: fn(&T) -> Option<&VendorTerm>) -> Self {
        self.column(title, ColumnKind::Term, move |_, row| {
            term(row).map_or(Cell::Empty, Cell::Term)
        })
    }

    #[must_use]
    pub fn address(self, title: &'static str, address: fn(&T) -> Option<&str>) -> Self {
        self.column(title, ColumnKind::Address, move |_, row| {
            address(row).map_or(Cell::Empty, Cell::Address)
        })
    }

    #[must_use]
    pub fn country(self, title: &'static str, code: fn(&T) -> Option<&str>) -> Self {
        self.column(title, ColumnKind::Text, move |_, row| {
            code(row).map_or(Cell::Empty, Cell::Country)
        })
    }

    #[must_use]
    pub fn names(self, title: &'static str, names: fn(&T) -> &[String]) -> Self {
        self.column(title, ColumnKind::Text, move |_, row| match names(row) {
            [] => Cell::Empty,
            names => Cell::Names(names),
        })
    }

    /// A column whose text depends on the reader's language.
    #[must_use]
    pub fn rendered(
        self,
        title: &'static str,
        text: impl Fn(&Layout, &T) -> String + Send + Sync + 'static,
    ) -> Self {
        self.column(title, ColumnKind::Text, move |layout, row| {
            let text = text(layout, row);
            if text.is_empty() {
                Cell::Empty
            } else {
                Cell::Text(text.into())
            }
        })
    }

    #[must_use]
    pub fn column(
        mut self,
        title: &'static str,
        kind: ColumnKind,
        cell: impl for<'a> Fn(&Layout, &'a T) -> Cell<'a> + Send + Sync + 'static,
    ) -> Self {
        self.0.push(Column {
            title,
            kind,
            sort: None,
            place: Place::Everywhere,
            cell: Box::new(cell),
        });
        self
    }

    /// The latest column sorts the list by this name.
    #[must_use]
    pub fn sorted_as(mut self, sort: &'static str) -> Self {
        if let Some(column) = self.0.last_mut() {
            column.sort = Some(sort);
        }
        self
    }

    /// The latest column is the row's heading.
    #[must_use]
    pub fn as_heading(mut self) -> Self {
        if let Some(column) = self.0.last_mut() {
            column.kind = ColumnKind::Heading;
        }
        self
    }

    /// The latest column is in files only.
    #[must_use]
    pub fn only_in_files(mut self) -> Self {
        if let Some(column) = self.0.last_mut() {
            column.place = Place::Files;
        }
        self
    }

    /// The latest column is in the table only.
    #[must_use]
    pub fn only_in_table(mut self) -> Self {
        if let Some(column) = self.0.last_mut() {
            column.place = Place::Table;
        }
        self
    }

    /// The columns of the table.
    pub fn shown(&self) -> impl Iterator<Item = &Column<T>> {
        let columns = self.0.iter();
        columns.filter(|column| column.place != Place::Files)
    }

    fn in_files(&self) -> impl Iterator<Item = &Column<T>> {
        let columns = self.0.iter();
        columns.filter(|column| column.place != Place::Table)
    }

    /// The first row of a file.
    #[must_use]
    pub fn head(&self, layout: &Layout) -> Vec<String> {
        let mut head = Vec::new();
        for column in self.in_files() {
            let title = layout.t(column.title);
            head.push(title.to_owned());
            if column.kind == ColumnKind::Term {
                head.push(layout.t_with("export-original", [("title", title)]));
            }
        }
        head
    }

    /// A row of a file.
    #[must_use]
    pub fn row(&self, layout: &Layout, row: &T) -> Vec<String> {
        let mut cells = Vec::new();
        for column in self.in_files() {
            let cell = column.cell(layout, row);
            cells.push(cell.to_text(layout));
            if column.kind == ColumnKind::Term {
                cells.push(match cell {
                    Cell::Term(term) => term.original().to_owned(),
                    _ => String::new(),
                });
            }
        }
        cells
    }
}
