//! What the pages of the archive's lists share: query, filters, order, pager, freshness and table.
//!
//! A list names its definition and its columns ([`ListRow`]); `templates/list/list.html` shows the rest.

mod export;
mod filters;
mod request;
mod table;

use std::collections::HashMap;

use crate::{
    archive::{Freshness, Refresh, SourceState},
    model::{
        Count, Fragment, KstDateTime, Limits, ListDefinition, ListQuery, PageNumber, Position, Team,
    },
    store::ArchiveRow,
};

use super::{AppState, Layout, Result, export::Columns};

pub use self::{
    export::{archive_rows, export_query},
    filters::{Chip, FilterField, FilterInput, FilterOption, Preset},
    request::{ListRequest, remember_page_size},
    table::{HeadCell, address_page},
};

/// A row of a list of the archive as its page and its files show it.
pub trait ListRow: ArchiveRow + Send + Sync + 'static {
    const DEFINITION: &'static ListDefinition;

    /// The columns of the table and of files.
    fn columns() -> Columns<Self>;

    /// The cursor of the row.
    fn place(&self) -> i64;

    fn id(&self) -> Option<&str> {
        None
    }

    /// Whether the row has a page of its own, at its id.
    fn has_page(&self) -> bool {
        false
    }

    /// Since when the source does not list the row any more.
    fn gone(&self) -> Option<KstDateTime> {
        None
    }
}

/// Where else than in the cells of a row a search was found.
#[derive(Debug, Clone)]
pub struct Match {
    pub place: String,
    pub fragments: Vec<Fragment>,
}

/// A page of a list, for `templates/list/list.html`.
pub struct List<T> {
    pub path: String,
    pub query: ListQuery,
    pub rows: Vec<T>,
    pub columns: Columns<T>,
    pub total: Count,
    /// Rows that the filter hides, where it leaves none.
    pub hidden: u64,
    pub page_size: u32,
    pub previous: Option<Position>,
    pub next: Option<Position>,
    pub freshness: Freshness,
    pub fields: Vec<FilterField>,
    pub chips: Vec<Chip>,
    pub presets: Vec<Preset>,
    /// By the places of rows.
    pub matches: HashMap<i64, Vec<Match>>,
    /// The id of the form that takes chosen rows, if rows can be chosen.
    pub selection: Option<&'static str>,
}

impl<T: ListRow> List<T> {
    /// A page of a team's list; `None` while its archive holds nothing of the kind.
    pub async fn load(
        state: &AppState,
        layout: &Layout,
        team: &Team,
        request: ListRequest<T>,
    ) -> Result<Option<Self>> {
        let freshness = freshen::<T>(state, team, request.refresh()).await?;
        if !freshness.is_archive() {
            return Ok(None);
        }
        let ListRequest {
            query, page_size, ..
        } = request;
        let page = state
            .store
            .archive_page::<T>(&team.id, &query, page_size)
            .await?;
        let hidden = if page.rows.is_empty() && query.is_filtered() {
            let everything = ListQuery::new(T::DEFINITION);
            state
                .store
                .archive_total::<T>(&team.id, &everything)
                .await?
        } else {
            0
        };
        let fields = filters::fields::<T>(&state.store, layout, &team.id, &query).await?;
        let path = layout.path().to_owned();
        Ok(Some(Self {
            chips: filters::chips(&path, layout, &query, &fields),
            presets: filters::presets(&path, &query, state.clock.korean()),
            fields,
            path,
            page_size: query.limit().unwrap_or(page_size),
            query,
            columns: T::columns(),
            hidden,
            total: page.total,
            previous: page.previous,
            next: page.next,
            freshness,
            rows: page.rows,
            matches: HashMap::new(),
            selection: None,
        }))
    }

    /// The address of this page, with nothing that it does not know.
    #[must_use]
    pub fn address(&self) -> String {
        with_query(&self.path, &self.query)
    }

    /// The attribute `data-complete`.
    #[must_use]
    pub fn completeness(&self) -> String {
        match self.freshness.complete_since {
            _ if self.freshness.is_complete => "yes".to_owned(),
            Some(since) => since.to_rfc3339(),
            None => "no".to_owned(),
        }
    }

    /// Whether the source did not answer.
    #[must_use]
    pub fn has_source_failed(&self) -> bool {
        matches!(self.freshness.source, SourceState::Failed(_))
    }

    /// Whether newer rows are still being read.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.freshness.source == SourceState::Stale
    }

    #[must_use]
    pub fn page_address(&self, position: &Position) -> String {
        with_query(&self.path, &self.query.at(*position))
    }

    /// The address of the first page, unless this is it.
    #[must_use]
    pub fn first_address(&self) -> Option<String> {
        let first = Position::Page(PageNumber::FIRST);
        (self.query.position() != first).then(|| self.page_address(&first))
    }

    /// The same page, with rows that the source is asked for at once.
    #[must_use]
    pub fn refresh_address(&self) -> String {
        let sign = if self.query.to_query().is_empty() {
            '?'
        } else {
            '&'
        };
        format!("{}{sign}refresh=yes", self.address())
    }

    /// The file of all rows that match.
    #[must_use]
    pub fn file_address(&self, extension: &str) -> String {
        let query = self.query.at(Position::Page(PageNumber::FIRST));
        with_query(&format!("{}.{extension}", self.path), &query)
    }

    /// The sizes of pages: rows, address, whether it is this one.
    #[must_use]
    pub fn page_sizes(&self) -> [(u32, String, bool); 3] {
        Limits::PAGE_SIZES.map(|size| {
            let address = with_query(&self.path, &self.query.with_limit(size));
            (size, address, size == self.page_size)
        })
    }

    /// The numbers of the first and the last row, where the page was asked for by its number.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        let Position::Page(page) = self.query.position() else {
            return None;
        };
        let before = u64::from(page.get() - 1) * u64::from(self.page_size);
        let rows = self.rows.len() as u64;
        (rows > 0).then(|| (before + 1, before + rows))
    }

    #[must_use]
    pub fn is_past_the_end(&self) -> bool {
        self.rows.is_empty() && self.total.get() > 0
    }

    /// The parameters that a form of filters does not hold itself.
    #[must_use]
    pub fn kept_parameters(&self) -> Vec<(&'static str, String)> {
        let mut kept = Vec::new();
        if self.query.is_sorted() {
            kept.push(("sort", self.query.sort().to_string()));
        }
        if let Some(limit) = self.query.limit() {
            kept.push(("limit", limit.to_string()));
        }
        kept
    }
}

/// The archived rows of a kind, after the newest ones were read if they are old. Without an archive the source's list
/// takes its place.
pub async fn freshen<T: ListRow>(
    state: &AppState,
    team: &Team,
    refresh: Refresh,
) -> Result<Freshness> {
    Ok(state.archive.freshen(team, T::KIND, refresh).await?)
}

/// A path with the query of a list.
#[must_use]
pub fn with_query(path: &str, query: &ListQuery) -> String {
    match query.to_query() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}
