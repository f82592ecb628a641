//! Pages of the API's lists.

use std::str::FromStr;

use serde::Deserialize;

/// The number of a page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
pub struct PageNumber(u32);

impl PageNumber {
    pub const FIRST: Self = Self(1);

    #[must_use]
    pub fn new(number: u32) -> Self {
        Self(number.max(1))
    }

    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    #[must_use]
    pub fn previous(self) -> Option<Self> {
        (self.0 > 1).then(|| Self(self.0 - 1))
    }

    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Any invalid number is the first page.
    #[must_use]
    pub fn from_query(text: &str) -> Self {
        text.trim().parse().unwrap_or(Self::FIRST)
    }
}

impl From<String> for PageNumber {
    fn from(text: String) -> Self {
        Self::from_query(&text)
    }
}

impl Default for PageNumber {
    fn default() -> Self {
        Self::FIRST
    }
}

impl FromStr for PageNumber {
    type Err = std::num::ParseIntError;

    /// A number that is too large becomes the largest, which is past the end.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 9 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(999_999_999));
        }
        text.parse().map(Self::new)
    }
}

/// One page of rows, newest first.
#[derive(Debug, Clone)]
pub struct PageOf<T> {
    pub rows: Vec<T>,
    /// Rows on all pages, if known.
    pub total: Option<u64>,
    pub page: PageNumber,
    pub has_next: bool,
    /// Rows on a full page.
    pub page_size: u64,
}

impl<T> PageOf<T> {
    /// Whether another page follows is derived from `total`.
    #[must_use]
    pub fn new(rows: Vec<T>, total: Option<u64>, page: PageNumber, page_size: u64) -> Self {
        let mut listing = Self {
            rows,
            total,
            page,
            has_next: false,
            page_size,
        };
        let last = listing.span().map(|(_, last)| last);
        listing.has_next = last.zip(total).is_some_and(|(last, total)| last < total);
        listing
    }

    /// A page of rows that are all in memory.
    #[must_use]
    pub fn cut(all: Vec<T>, page: PageNumber, page_size: u32) -> Self {
        let total = all.len() as u64;
        let size = usize::try_from(page_size).unwrap_or(usize::MAX);
        let before = usize::try_from(page.get() - 1).unwrap_or(usize::MAX);
        let rows = all.into_iter().skip(before.saturating_mul(size)).take(size);
        Self::new(rows.collect(), Some(total), page, page_size.into())
    }

    /// The empty page after the last one.
    #[must_use]
    pub fn past_the_end(page: PageNumber) -> Self {
        Self::new(Vec::new(), None, page, 0)
    }

    /// The number of pages, if known.
    #[must_use]
    pub fn pages(&self) -> Option<u32> {
        let total = self.total?;
        if self.rows.is_empty() {
            return (total == 0).then_some(1);
        }
        let number = self.page.get();
        if !self.has_next {
            return Some(number);
        }
        let pages = u32::try_from(total.div_ceil(self.page_size.max(1))).ok()?;
        Some(pages.max(number.saturating_add(1)))
    }

    /// The positions of the first and last row among all rows, from 1.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        let here = self.rows.len() as u64;
        (here > 0).then(|| (self.before() + 1, self.before() + here))
    }

    /// Whether the page is empty despite `total`.
    #[must_use]
    pub fn lacks_rows(&self) -> bool {
        self.rows.is_empty() && self.total.is_some_and(|total| self.before() < total)
    }

    /// Rows on the pages before this one.
    fn before(&self) -> u64 {
        let pages = u64::from(self.page.get() - 1);
        pages.saturating_mul(self.page_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rows: usize, total: u64, page: u32) -> PageOf<()> {
        PageOf::new(vec![(); rows], Some(total), PageNumber::new(page), 10)
    }

    #[test]
    fn page_number_is_lenient() {
        for nonsense in ["", "abc", "-1", "0", "1.5"] {
            assert_eq!(PageNumber::from_query(nonsense), PageNumber::FIRST);
        }
        assert_eq!(PageNumber::from_query(" 3 ").get(), 3);
        assert!(PageNumber::from_query("99999999999999999999").get() > 1_000_000);
    }

    #[test]
    fn next_page_follows_from_count_and_page_size() {
        for (page, rows, span, has_next) in [
            (1, 10, (1, 10), true),
            (2, 10, (11, 20), true),
            (3, 5, (21, 25), false),
        ] {
            let listing = listing(rows, 25, page);
            assert_eq!(listing.span(), Some(span));
            assert_eq!((listing.has_next, listing.pages()), (has_next, Some(3)));
            assert!(!listing.lacks_rows());
        }
        assert_eq!(listing(0, 0, 1).pages(), Some(1));
        let past_the_end: PageOf<()> = PageOf::past_the_end(PageNumber::new(9));
        assert_eq!(past_the_end.pages(), None);
    }

    #[test]
    fn page_lacks_rows_only_within_the_count() {
        for (total, page, lacks) in [(25, 1, true), (25, 3, true), (25, 4, false), (0, 1, false)] {
            assert_eq!(
                listing(0, total, page).lacks_rows(),
                lacks,
                "{total} {page}"
            );
        }
    }
}
