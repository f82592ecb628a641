//! A page of a list that the API pages.

use std::str::FromStr;

/// The number of a page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

    /// What an address says, whatever it says: nonsense is the first page.
    #[must_use]
    pub fn from_query(text: &str) -> Self {
        text.trim().parse().unwrap_or(Self::FIRST)
    }
}

impl FromStr for PageNumber {
    type Err = std::num::ParseIntError;

    /// A number too large to be a page's is the largest, so that the answer is "no such page".
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 9 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(999_999_999));
        }
        text.parse().map(Self::new)
    }
}

/// One page of rows, newest first.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    pub rows: Vec<T>,
    /// How many rows there are on all pages, if the API said.
    pub total: Option<u64>,
    pub page: PageNumber,
    /// Does the API say that a page follows.
    pub has_next: bool,
}

impl<T> Listing<T> {
    /// The page that the API answers with when asked for one behind the last.
    #[must_use]
    pub fn past_the_end(page: PageNumber) -> Self {
        Self {
            rows: Vec::new(),
            total: None,
            page,
            has_next: false,
        }
    }

    /// How many pages there are, where that can be told: no guide says how long a page is, so it
    /// is learnt from the answer. A page that another follows is full; the last one tells how
    /// many rows stood before it.
    #[must_use]
    pub fn pages(&self) -> Option<u32> {
        let total = self.total?;
        let here = u64::try_from(self.rows.len()).ok()?;
        let number = u64::from(self.page.get());
        if here == 0 {
            return (total == 0).then_some(1);
        }
        if !self.has_next {
            return Some(self.page.get());
        }
        let pages = total.div_ceil(here);
        u32::try_from(pages.max(number + 1)).ok()
    }

    /// The numbers of the first and the last row of this page among all rows, from 1.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        let here = u64::try_from(self.rows.len()).ok().filter(|n| *n > 0)?;
        let before = if self.has_next {
            here.checked_mul(u64::from(self.page.get()) - 1)?
        } else {
            self.total?.checked_sub(here)?
        };
        Some((before + 1, before + here))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(rows: usize, total: u64, page: u32, has_next: bool) -> Listing<()> {
        Listing {
            rows: vec![(); rows],
            total: Some(total),
            page: PageNumber::new(page),
            has_next,
        }
    }

    #[test]
    fn nonsense_is_the_first_page_and_too_much_is_a_page_behind_the_last() {
        for nonsense in ["", "abc", "-1", "0", "1.5"] {
            assert_eq!(PageNumber::from_query(nonsense), PageNumber::FIRST);
        }
        assert_eq!(PageNumber::from_query(" 3 ").get(), 3);
        assert!(PageNumber::from_query("99999999999999999999").get() > 1_000_000);
    }

    #[test]
    fn the_page_size_is_learnt_from_the_answer() {
        assert_eq!(listing(10, 25, 1, true).pages(), Some(3));
        assert_eq!(listing(10, 25, 2, true).span(), Some((11, 20)));
        assert_eq!(listing(5, 25, 3, false).pages(), Some(3));
        assert_eq!(listing(5, 25, 3, false).span(), Some((21, 25)));
        assert_eq!(listing(0, 0, 1, false).pages(), Some(1));
        assert_eq!(
            Listing::<()>::past_the_end(PageNumber::new(9)).pages(),
            None
        );
    }
}
