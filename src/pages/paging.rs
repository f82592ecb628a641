//! The line above and below a list: which rows of how many, and the way to the pages beside it.

use serde::Deserialize;

use crate::{
    model::{PageNumber, PageOf},
    web::{Layout, address},
};

/// A list's place in its address. A nonsense number is the first page.
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

    /// The page of a list that has no other parameter.
    #[must_use]
    pub fn page(&self, layout: Layout) -> Layout {
        let address = self.address(layout.path());
        layout.at(address)
    }

    /// The list's address with its place.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        page_address(path, &[], self.page)
    }
}

/// The address of a page of the list at `path`, whose other parameters travel along. The first page needs
/// no number.
#[must_use]
pub fn page_address(path: &str, parameters: &[(&str, Option<&str>)], page: PageNumber) -> String {
    let number = (page > PageNumber::FIRST).then(|| page.get().to_string());
    let mut all = parameters.to_vec();
    all.push(("page", number.as_deref()));
    address::with_query(path, &all)
}

/// What `macros.html` shows of a list's paging.
#[derive(Debug)]
pub struct Paging {
    pub page: u32,
    pub pages: Option<u32>,
    pub total: Option<u64>,
    pub span: Option<(u64, u64)>,
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub last: Option<String>,
    /// Whether rows should stand here by what the list says of itself, and none do.
    pub lacks_rows: bool,
}

impl Paging {
    /// For a list at `path`, whose other parameters travel along.
    #[must_use]
    pub fn new<T>(listing: &PageOf<T>, path: &str, parameters: &[(&str, Option<&str>)]) -> Self {
        let page = listing.page;
        let pages = listing.pages();
        let to = |page| page_address(path, parameters, page);
        // From a page behind the last one, the way back is the first page.
        let lacks_rows = listing.lacks_rows();
        let past = listing.rows.is_empty() && !lacks_rows;
        Self {
            page: page.get(),
            pages,
            total: listing.total,
            span: listing.span(),
            first: (page > PageNumber::FIRST).then(|| to(PageNumber::FIRST)),
            previous: page.previous().filter(|_| !past).map(to),
            next: listing.has_next.then(|| to(page.next())),
            last: pages
                .filter(|last| listing.has_next && *last > page.get())
                .map(|last| to(PageNumber::new(last))),
            lacks_rows,
        }
    }

    /// Was a page asked for that does not exist.
    #[must_use]
    pub fn is_past_the_end(&self) -> bool {
        self.span.is_none() && self.page > 1
    }
}
