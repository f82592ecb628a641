//! A page of a list that the portal stores.

use super::KstDateTime;

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    Exact(u64),
    /// More than it pays to count.
    AtLeast(u64),
}

impl Count {
    /// Limit of the count when no exact total is requested.
    pub const MAX: u64 = 10_000;

    /// From a count limited to [`Self::MAX`] plus one.
    #[must_use]
    pub fn capped(counted: u64) -> Self {
        if counted > Self::MAX {
            Self::AtLeast(Self::MAX)
        } else {
            Self::Exact(counted)
        }
    }

    #[must_use]
    pub fn get(self) -> u64 {
        match self {
            Self::Exact(count) | Self::AtLeast(count) => count,
        }
    }
}

/// A number, or `10000+`.
impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(count) => write!(f, "{count}"),
            Self::AtLeast(count) => write!(f, "{count}+"),
        }
    }
}

impl<T> ListPage<T> {
    /// The same page with other rows.
    #[must_use]
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> ListPage<U> {
        ListPage {
            rows: self.rows.into_iter().map(change).collect(),
            previous: self.previous,
            next: self.next,
            total: self.total,
            as_of: self.as_of,
            complete_since: self.complete_since,
            is_complete: self.is_complete,
        }
    }
}

/// One page of rows in the requested order, with its neighbors.
#[derive(Debug, Clone)]
pub struct ListPage<T> {
    pub rows: Vec<T>,
    /// The cursors of the pages before and after this one in that order.
    pub previous: Option<super::Position>,
    pub next: Option<super::Position>,
    pub total: Count,
    /// When the source was last read.
    pub as_of: Option<KstDateTime>,
    /// Everything detected since then is here; `None` when it is not known.
    pub complete_since: Option<KstDateTime>,
    /// Everything that the source ever listed is here.
    pub is_complete: bool,
}
