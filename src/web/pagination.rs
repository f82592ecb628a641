//! Pagination of lists: the page number in the address, and the links to other pages.

use serde::Deserialize;

use crate::model::{PageNumber, PageOf};

use super::{Layout, address};

/// Query of a list whose only parameter is the page. A malformed number is the first page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    page: PageNumber,
}

impl PageQuery {
    #[must_use]
    pub fn number(&self) -> PageNumber {
        self.page
    }

    #[must_use]
    pub fn layout(&self, layout: Layout) -> Layout {
        let address = self.address(layout.path());
        layout.at(address)
    }

    #[must_use]
    pub fn address(&self, path: &str) -> String {
        page_address(path, &[], self.page)
    }
}

/// Rows on a page, from `limit`. Another number than those offered is ignored.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(from = "String")]
pub struct Limit(Option<(&'static str, u32)>);

impl From<String> for Limit {
    fn from(text: String) -> Self {
        let mut offered = [("20", 20), ("50", 50), ("100", 100)].into_iter();
        Self(offered.find(|(code, _)| *code == text))
    }
}

impl Limit {
    #[must_use]
    pub fn rows(self, default: u32) -> u32 {
        self.0.map_or(default, |(_, rows)| rows)
    }

    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        self.0.map(|(code, _)| code)
    }
}

/// The address of a page of the list at `path` with these parameters. The first page needs no number.
#[must_use]
pub fn page_address(path: &str, parameters: &[(&str, Option<&str>)], page: PageNumber) -> String {
    let number = (page > PageNumber::FIRST).then(|| page.get().to_string());
    let mut all = parameters.to_vec();
    all.push(("page", number.as_deref()));
    address::with_query(path, &all)
}

/// The pagination of a list, for `macros.html`.
#[derive(Debug, Default)]
pub struct Pagination {
    pub page: u32,
    pub pages: Option<u32>,
    pub total: Option<u64>,
    /// The first and the last row of this page.
    pub span: Option<(u64, u64)>,
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
    /// The source counts rows here and delivered none.
    pub lacks_rows: bool,
}

impl Pagination {
    /// For a list at `path` with these parameters.
    #[must_use]
    pub fn new<T>(listing: &PageOf<T>, path: &str, parameters: &[(&str, Option<&str>)]) -> Self {
        let to = |page| page_address(path, parameters, page);
        let lacks_rows = listing.lacks_rows();
        let is_past_the_end = listing.rows.is_empty() && !lacks_rows;
        let pages = listing.pages();
        Self {
            span: listing.span(),
            total: listing.total,
            lacks_rows,
            ..Self::with_links(listing.page, pages, listing.has_next, is_past_the_end, to)
        }
    }

    /// Only the links. From beyond the end there is one to the first page.
    #[must_use]
    pub fn with_links(
        page: PageNumber,
        pages: Option<u32>,
        has_next: bool,
        is_past_the_end: bool,
        to: impl Fn(PageNumber) -> String,
    ) -> Self {
        let last = pages.filter(|last| has_next && *last > page.get());
        Self {
            page: page.get(),
            pages,
            first: (page > PageNumber::FIRST).then(|| to(PageNumber::FIRST)),
            previous: page.previous().filter(|_| !is_past_the_end).map(&to),
            next: has_next.then(|| to(page.next())),
            last: last.map(|last| to(PageNumber::new(last))),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn is_past_the_end(&self) -> bool {
        self.span.is_none() && self.page > 1
    }
}
