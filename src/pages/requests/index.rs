//! The list of change requests.

use askama::Template;
use axum::{extract::State, http::StatusCode};
use serde::Deserialize;

use crate::{
    model::{ChangeRequest, PageNumber, PageOf, SearchTerms},
    store::RequestFilter,
    web::{
        AppState, Authorized, Layout, LenientQuery, QueryText, Result,
        access::ReadTeam,
        address,
        filter::{Choice, FilterValue, Period, PeriodError},
        html_as,
        pagination::{Limit, Pagination, page_address},
    },
};

/// Rows on a page without `limit`.
const ROWS: u32 = 25;

/// A state of an item as scripts know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateCode(&'static str);

impl FilterValue for StateCode {
    const ALL: &'static [Self] = &[
        Self("sending"),
        Self("accepted"),
        Self("waiting"),
        Self("done"),
        Self("failed"),
        Self("skipped"),
        Self("unknown"),
        Self("overdue"),
        Self("reverted"),
        Self("expired"),
    ];

    fn code(self) -> &'static str {
        self.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    OldestFirst,
    NewestFirst,
}

impl FilterValue for Sort {
    const ALL: &'static [Self] = &[Self::OldestFirst, Self::NewestFirst];

    fn code(self) -> &'static str {
        match self {
            Self::OldestFirst => "at",
            Self::NewestFirst => "-at",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequestQuery {
    q: QueryText,
    user: QueryText,
    state: Choice<StateCode>,
    from: QueryText,
    to: QueryText,
    start: QueryText,
    end: QueryText,
    sort: Choice<Sort>,
    limit: Limit,
    page: PageNumber,
}

impl RequestQuery {
    pub fn period(&self) -> Period {
        Period::new([&self.from, &self.start], [&self.to, &self.end])
    }

    /// `None` when a parameter has an unknown value, which matches no request.
    pub fn filter(&self) -> std::result::Result<Option<RequestFilter>, PeriodError> {
        let period = self.period();
        let filter = RequestFilter {
            terms: SearchTerms::parse(&self.q),
            user: self.user.to_string(),
            state: self.state.value().map(StateCode::code),
            from: period.start()?,
            to: period.end()?,
            oldest_first: self.sort.is(&Sort::OldestFirst),
        };
        Ok((!self.state.is_unknown()).then_some(filter))
    }

    /// The parameters of links.
    pub fn parameters<'a>(&'a self, period: &'a Period) -> [(&'static str, Option<&'a str>); 7] {
        let [from, to] = period.parameters();
        [
            ("q", Some(&self.q)),
            ("user", Some(&self.user)),
            ("state", self.state.code()),
            from,
            to,
            ("sort", self.sort.code()),
            ("limit", self.limit.code()),
        ]
    }

    fn is_everything(&self) -> bool {
        let Period { from, to } = self.period();
        let texts = [&*self.q, &*self.user, &from, &to];
        self.state.is_any() && texts.iter().all(|text| text.is_empty())
    }
}

#[derive(Template)]
#[template(path = "requests/index.html")]
struct Index {
    layout: Layout,
    query: RequestQuery,
    period: Period,
    requests: Vec<ChangeRequest>,
    paging: Pagination,
    error: Option<PeriodError>,
}

impl Index {
    fn new(layout: Layout, query: RequestQuery, listing: &PageOf<String>) -> Self {
        let period = query.period();
        let mut view = Self {
            paging: Pagination::default(),
            layout,
            query,
            period,
            requests: Vec::new(),
            error: None,
        };
        let parameters = view.parameters();
        let address = page_address(view.layout.path(), &parameters, view.query.page);
        let paging = Pagination::new(listing, view.layout.path(), &parameters);
        view.layout = view.layout.at(address);
        view.paging = paging;
        view
    }

    fn parameters(&self) -> [(&'static str, Option<&str>); 7] {
        self.query.parameters(&self.period)
    }

    fn file(&self, format: &str) -> String {
        address::with_query(&self.layout.file_path(format), &self.parameters())
    }
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    LenientQuery(query): LenientQuery<RequestQuery>,
) -> Result {
    let filter = match query.filter() {
        Ok(filter) => filter,
        Err(error) => return invalid(who.layout(), query, error),
    };
    let (store, team) = (&state.store, &who.team().id);
    let ids = match filter {
        Some(filter) => store.change_request_ids(team, &filter).await?,
        None => Vec::new(),
    };
    let listing = PageOf::cut(ids, query.page, query.limit.rows(ROWS));
    let requests = store.change_requests(team, &listing.rows).await?;
    let mut view = Index::new(who.layout(), query, &listing);
    view.requests = requests.into_iter().map(ChangeRequest::told).collect();
    html_as(StatusCode::OK, &view)
}

/// The page with the filter as it was sent, and the error.
pub fn invalid(layout: Layout, query: RequestQuery, error: PeriodError) -> Result {
    let listing = PageOf::past_the_end(query.page);
    let mut view = Index::new(layout, query, &listing);
    view.error = Some(error);
    html_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::model::{ItemState, Reason};

    use super::*;

    #[test]
    fn every_public_state_can_be_filtered_by() {
        let reasons = || Reason::ALL.iter().copied().map(Some).chain([None]);
        let states = ItemState::ALL.iter();
        let public: BTreeSet<&str> = states
            .flat_map(|state| reasons().map(|reason| state.public_code(reason)))
            .collect();
        let known = StateCode::ALL.iter().map(|state| state.code());
        assert_eq!(known.collect::<BTreeSet<_>>(), public);
    }
}
