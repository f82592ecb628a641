//! The line above and below a list: which rows of how many, and the way to the pages beside it.

use serde::Deserialize;

use crate::{
    model::{Listing, PageNumber},
    web::address,
};

/// A list's place in its address. A nonsense number is the first page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    page: String,
}

impl PageQuery {
    #[must_use]
    pub fn number(&self) -> PageNumber {
        PageNumber::from_query(&self.page)
    }

    /// As it stands in an address: nothing for the first page.
    #[must_use]
    pub fn in_address(&self) -> Option<String> {
        in_address(self.number())
    }
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
}

impl Paging {
    /// For a list at `path`, whose other parameters travel along.
    #[must_use]
    pub fn new<T>(listing: &Listing<T>, path: &str, parameters: &[(&str, Option<&str>)]) -> Self {
        let page = listing.page;
        let pages = listing.pages();
        let to = |page: PageNumber| {
            let number = in_address(page);
            let mut all = parameters.to_vec();
            all.push(("page", number.as_deref()));
            address::with_query(path, &all)
        };
        // From a page behind the last one, the way back is the first page.
        let past = listing.rows.is_empty();
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
        }
    }

    /// Was a page asked for that does not exist.
    #[must_use]
    pub fn is_past_the_end(&self) -> bool {
        self.span.is_none() && self.page > 1
    }
}

fn in_address(page: PageNumber) -> Option<String> {
    (page > PageNumber::FIRST).then(|| page.get().to_string())
}
