//! All rows that a list's query matches, for files: read from the archive by cursors, in constant memory.

use futures_util::{Stream, stream};

use crate::{
    model::{ListQuery, PageNumber, Position, TeamId},
    store::Store,
    web::Result,
};

use super::ListRow;

/// Rows that are read at once.
const BATCH: u32 = 1_000;

/// The query of a file: the page's, from the first row on.
#[must_use]
pub fn export_query(query: &ListQuery) -> ListQuery {
    query.at(Position::Page(PageNumber::FIRST))
}

/// The rows in the order of the query, in batches.
pub fn archive_rows<T: ListRow>(
    store: Store,
    team: TeamId,
    query: &ListQuery,
) -> impl Stream<Item = Result<Vec<T>>> + Send + use<T> {
    let first = Some(export_query(query));
    stream::try_unfold(first, move |query| {
        let (store, team) = (store.clone(), team.clone());
        async move {
            let Some(query) = query else {
                return Ok(None);
            };
            let rows = store.archive_rows::<T>(&team, &query, BATCH).await?;
            let Some(last) = rows.last() else {
                return Ok(None);
            };
            let place = last.place();
            let position = if query.sort().descending {
                Position::Before(place)
            } else {
                Position::After(place)
            };
            let is_full = rows.len() == BATCH as usize;
            let next = is_full.then(|| query.at(position));
            Ok(Some((rows, next)))
        }
    })
}
