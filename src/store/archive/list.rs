//! Pages, counts and facets of the archive's lists: one path for tickets, events and history.

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{
        ArchiveKind, Count, Field, ListPage, ListQuery, PageNumber, Position, SearchTerms, TeamId,
    },
    store::{Error, Store},
};

use super::{
    condition::{Access, NO_NAME, searches},
    plan::{MAX_FACET_ROWS, Plan, Slice},
    search::push_text_condition,
    statement::{Statement, Value},
};

/// A row of a list of the archive, and how its table is asked.
pub trait ArchiveRow: Sized {
    const KIND: ArchiveKind;
    const TABLE: &'static str;
    /// What [`Self::read`] needs, over the alias `t`.
    const COLUMNS: &'static str;

    /// The expression that a column sorts by, never null, over the alias `t`; `None` for the time.
    fn sort(column: &str) -> Option<&'static str>;

    /// The expression of a filter's value; `None` for a filter that offers no values.
    fn facet(field: Field) -> Option<&'static str>;

    fn read(row: &AnyRow) -> Result<Self, Error>;
}

/// A value of a filter and how many rows it would leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// A code, or the source's text; empty for a word without a code.
    pub value: String,
    pub count: Count,
}

impl Store {
    /// `None` when nothing can match: there is no archive yet, or the query asks for something unknown.
    async fn plan<'q, R: ArchiveRow>(
        &self,
        team: &TeamId,
        query: &'q ListQuery,
    ) -> Result<Option<Plan<'q>>, Error> {
        let Some(team) = self.team_number(team).await? else {
            return Ok(None);
        };
        let searches = searches(query);
        let mut plan = Plan {
            engine: self.pool.engine,
            table: R::TABLE,
            team,
            query,
            names: None,
            match_expression: None,
            access: Access::Time,
        };
        match R::KIND {
            _ if searches.is_empty() => {}
            ArchiveKind::Tickets => {
                let expression = self.pool.engine.match_expression(team, &searches);
                plan.match_expression = Some(expression);
            }
            ArchiveKind::Events => plan.names = Some(self.name_ids(&searches).await?),
            ArchiveKind::History => {}
        }
        let matches_nothing = plan.names.as_ref().is_some_and(Vec::is_empty);
        Ok((query.unknown().is_empty() && !matches_nothing).then_some(plan))
    }

    /// The names of events that a search finds: they are few, whatever the number of events.
    async fn name_ids(&self, searches: &[&SearchTerms]) -> Result<Vec<i64>, Error> {
        let mut sql = Statement::new("select id from attack_names where ");
        push_text_condition(&mut sql, self.pool.engine, "seek", searches, false);
        let rows = sql.fetch_all(&self.pool).await?;
        let ids = rows.iter().map(|row| row.try_get("id"));
        let mut ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
        if searches.iter().any(|terms| terms.match_normalized("")) {
            ids.push(NO_NAME);
        }
        Ok(ids)
    }

    /// A page of a team's list with its total, of `usual_limit` rows unless the query says how many.
    pub async fn archive_page<R: ArchiveRow>(
        &self,
        team: &TeamId,
        query: &ListQuery,
        usual_limit: u32,
    ) -> Result<ListPage<R>, Error> {
        let status = self.archive_status_of(team, R::KIND).await?;
        let status = status.as_ref();
        let mut page = ListPage {
            rows: Vec::new(),
            previous: None,
            next: None,
            total: Count::Exact(0),
            as_of: status.and_then(|status| status.last_success),
            complete_since: status.and_then(|status| status.complete_since),
            is_complete: status.is_some_and(|status| status.is_complete),
        };
        if let Some(mut plan) = self.plan::<R>(team, query).await? {
            page.total = Count::capped(self.counted(&plan, Count::MAX + 1).await?);
            if let Count::Exact(_) = page.total {
                plan.access = Access::Filters;
            }
            let limit = query.limit().unwrap_or(usual_limit);
            self.fill_page(&plan, limit, &mut page).await?;
        }
        Ok(page)
    }

    async fn fill_page<R: ArchiveRow>(
        &self,
        plan: &Plan<'_>,
        limit: u32,
        page: &mut ListPage<R>,
    ) -> Result<(), Error> {
        let is_forward = is_forward(plan.query);
        let mut rows = self.slice::<R>(plan, u64::from(limit) + 1).await?;
        let has_more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        if !is_forward {
            rows.reverse();
        }
        let is_first = plan.query.position() == Position::Page(PageNumber::FIRST);
        let (has_next, has_previous) = if is_forward {
            (has_more, !is_first)
        } else {
            (true, has_more)
        };
        let cursor = |row: Option<&AnyRow>, forward: bool| -> Result<Option<Position>, Error> {
            let place = row.map(|row| row.try_get("place")).transpose()?;
            let is_before = forward == plan.query.sort().descending;
            let position = if is_before {
                Position::Before
            } else {
                Position::After
            };
            Ok(place.map(position))
        };
        if has_next {
            page.next = cursor(rows.last(), true)?;
        }
        if has_previous {
            page.previous = cursor(rows.first(), false)?;
        }
        page.rows = rows.iter().map(R::read).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Up to `limit` rows, in the direction in which the page was turned.
    async fn slice<R: ArchiveRow>(
        &self,
        plan: &Plan<'_>,
        limit: u64,
    ) -> Result<Vec<AnyRow>, Error> {
        let sort = plan.query.sort();
        let key = R::sort(sort.column);
        let (place, offset) = match plan.query.position() {
            Position::Page(page) => (None, u64::from(page.get() - 1) * (limit - 1)),
            Position::Before(place) | Position::After(place) => (Some(place), 0),
        };
        let behind = match (place, key) {
            (None, _) => None,
            (Some(place), None) => Some((Value::Null, place)),
            (Some(place), Some(key)) => {
                let value = self.sort_value(plan, key, place).await?;
                value.map(|value| (value, place))
            }
        };
        let slice = Slice {
            descending: sort.descending == is_forward(plan.query),
            behind,
            offset,
            limit,
        };
        plan.page(R::COLUMNS, key, slice)
            .fetch_all(&self.pool)
            .await
    }

    /// What the row at a place sorts by; `None` when it is not there any more.
    async fn sort_value(
        &self,
        plan: &Plan<'_>,
        key: &str,
        place: i64,
    ) -> Result<Option<Value>, Error> {
        let mut sql = Statement::new("select ");
        sql.push(key).push(" as sort_value from ").push(plan.table);
        sql.push(" t where t.team = ").bind(plan.team);
        sql.push(" and t.place = ").bind(place);
        let rows = sql.fetch_all(&self.pool).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let number = row.try_get("sort_value").map(Value::Number);
        let value = number.or_else(|_| row.try_get("sort_value").map(Value::Text))?;
        Ok(Some(value))
    }

    async fn counted(&self, plan: &Plan<'_>, limit: u64) -> Result<u64, Error> {
        let rows = plan.count(limit).fetch_all(&self.pool).await?;
        let counted: i64 = rows.first().map_or(Ok(0), |row| row.try_get("counted"))?;
        Ok(u64::try_from(counted).unwrap_or(0))
    }

    /// Up to `limit` rows at the query's place, without a total: for files, which go through all rows by their cursors,
    /// and for the neighbors of a row, nearest first.
    pub async fn archive_rows<R: ArchiveRow>(
        &self,
        team: &TeamId,
        query: &ListQuery,
        limit: u32,
    ) -> Result<Vec<R>, Error> {
        let Some(plan) = self.plan::<R>(team, query).await? else {
            return Ok(Vec::new());
        };
        let rows = self.slice::<R>(&plan, u64::from(limit)).await?;
        rows.iter().map(R::read).collect()
    }

    /// How many rows match, exactly.
    pub async fn archive_total<R: ArchiveRow>(
        &self,
        team: &TeamId,
        query: &ListQuery,
    ) -> Result<u64, Error> {
        match self.plan::<R>(team, query).await? {
            Some(plan) => self.counted(&plan, i64::MAX.unsigned_abs()).await,
            None => Ok(0),
        }
    }

    /// The values of a filter among the rows that all other filters leave, the most frequent first; none for a filter
    /// that offers no values.
    pub async fn archive_facet<R: ArchiveRow>(
        &self,
        team: &TeamId,
        query: &ListQuery,
        field: Field,
    ) -> Result<Vec<FacetValue>, Error> {
        let query = query.without(field);
        let plan = self.plan::<R>(team, &query).await?;
        let (Some(expression), Some(plan)) = (R::facet(field), plan) else {
            return Ok(Vec::new());
        };
        let mut values = Vec::new();
        for row in plan.facet(expression).fetch_all(&self.pool).await? {
            let counted: i64 = row.try_get("counted")?;
            values.push((row.try_get("value")?, u64::try_from(counted).unwrap_or(0)));
        }
        let is_whole = values.iter().map(|(_, counted)| counted).sum::<u64>() < MAX_FACET_ROWS;
        let count = if is_whole {
            Count::Exact
        } else {
            Count::AtLeast
        };
        let value = |(value, counted)| FacetValue {
            value,
            count: count(counted),
        };
        Ok(values.into_iter().map(value).collect())
    }
}

/// Whether the rows behind the cursor are wanted, in the order that was asked for.
fn is_forward(query: &ListQuery) -> bool {
    match query.position() {
        Position::Page(_) => true,
        Position::Before(_) => query.sort().descending,
        Position::After(_) => !query.sort().descending,
    }
}
