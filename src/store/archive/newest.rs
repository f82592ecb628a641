//! The newest page of a list, read for somebody who looks at it: stored without a walk.

use crate::store::{Error, Store, Tx};

use super::{
    history_rows::record_history,
    progress::{ArchiveProgress, PROGRESS, PageNews, count_page, record_success},
    retry_taken,
    ticket_rows::record_tickets,
    walks::{ListRows, ListWalk, record_reach},
};

impl Store {
    /// Stores the newest page, and says whether nothing is missing between it and what is archived.
    pub async fn record_newest(&self, walk: &ListWalk, rows: ListRows<'_>) -> Result<bool, Error> {
        let now = self.now();
        retry_taken(|| async {
            let mut tx = self.begin().await?;
            let before = progress(&mut tx, walk).await?;
            let (news, length) = match rows {
                ListRows::Tickets(rows) => {
                    let news = record_tickets(&mut tx, walk.archive, rows, now).await?;
                    (news, rows.len())
                }
                ListRows::History(rows) => {
                    let news = record_history(&mut tx, walk.archive, rows, now).await?;
                    (news, rows.len())
                }
            };
            count_page(&mut tx, walk.archive, walk.kind, news).await?;
            record_reach(&mut tx, walk, None).await?;
            let after = progress(&mut tx, walk).await?;
            let is_up_to_date = !leaves_gap(&before, &after, news, length);
            if is_up_to_date {
                record_success(&mut tx, walk.archive, walk.kind, now).await?;
            }
            tx.commit().await?;
            Ok(is_up_to_date)
        })
        .await
    }
}

async fn progress(tx: &mut Tx<'_>, walk: &ListWalk) -> Result<ArchiveProgress, Error> {
    let progress = sqlx::query_as(PROGRESS)
        .bind(walk.archive.0)
        .bind(walk.kind.code())
        .fetch_one(&mut **tx)
        .await?;
    Ok(progress)
}

/// Whether the source has listed rows lately that are not on its newest page.
fn leaves_gap(
    before: &ArchiveProgress,
    after: &ArchiveProgress,
    news: PageNews,
    length: usize,
) -> bool {
    let Some(listed) = after.listed else {
        return news.new > 0;
    };
    let is_all_new = news.new as usize == length && listed > i64::from(news.new);
    if after.completed_at.is_none() {
        // The first walk is still on its way to the older ones.
        return is_all_new && length > 0;
    }
    let is_explained = after.known() + after.shortfall >= listed;
    let has_grown = before.listed.is_none_or(|before| listed > before);
    !is_explained && (news.new > 0 || has_grown)
}
