//! Lists as files: what every one of them does alike.

use std::{collections::HashSet, sync::Arc};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use crate::{
    model::{ApiAccess, Listing, Moment, PageNumber, Word},
    secmon,
    store::{Action, AuditRecord, Outcome},
    web::{Error, Page, Portal, Result},
};

/// No list of the API is that long: one that goes on is broken.
const MOST_PAGES: u32 = 20_000;

/// Writes down that somebody takes a file with them, before it is sent.
pub async fn written_down(portal: &Portal, record: &AuditRecord) -> Result<()> {
    let written = portal.store.audit(record, Action::Exported, Outcome::Done);
    Ok(written.await?)
}

/// What the file is called: of what, and of when in Korean time.
#[must_use]
pub fn name(portal: &Portal, of: &str) -> String {
    let now = portal.clock.korean().to_input();
    let now = now.replace(['-', ':'], "").replace('T', "-");
    format!("secmon-{of}-{now}")
}

/// The rows of a list of the API, page by page, each once. What is new meanwhile pushes rows on to
/// the next page, where they would be told again.
pub fn all_pages<T, R>(
    first: Listing<T>,
    access: ApiAccess,
    next: impl Fn(Arc<ApiAccess>, PageNumber) -> R + Send + Sync + 'static,
    id: impl Fn(&T) -> Option<&str> + Send + 'static,
) -> BoxStream<'static, Result<Vec<T>>>
where
    T: Send + 'static,
    R: Future<Output = std::result::Result<Listing<T>, secmon::Error>> + Send + 'static,
{
    let access = Arc::new(access);
    let pages = stream::unfold(Some((first.page, Some(first))), move |state| {
        let read = state.map(|(number, listing)| match listing {
            Some(listing) => (number, Ok(listing)),
            None => (number, Err(next(Arc::clone(&access), number))),
        });
        async move {
            let (number, read) = read?;
            let listing = match read {
                Ok(listing) => listing,
                Err(reading) => match reading.await {
                    Ok(listing) => listing,
                    Err(error) => return Some((Err(error.into()), None)),
                },
            };
            let goes_on = listing.has_next && !listing.rows.is_empty();
            if goes_on && number.get() >= MOST_PAGES {
                return Some((Err(Error::TooManyRows), None));
            }
            let after = goes_on.then(|| (number.next(), None));
            Some((Ok(listing.rows), after))
        }
    });
    let mut told = HashSet::new();
    pages
        .map(move |read| {
            let mut rows = read?;
            rows.retain(|row| id(row).is_none_or(|id| told.insert(id.to_owned())));
            Ok(rows)
        })
        .boxed()
}

/// A cell of what the API may have left out.
#[must_use]
pub fn cell(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// A cell of a time, with its zone.
#[must_use]
pub fn moment(moment: Option<&Moment>) -> String {
    match moment {
        Some(Moment::At(at)) => at.to_string(),
        Some(Moment::AsWritten(text)) => text.clone(),
        None => String::new(),
    }
}

/// Two cells of a word: in the reader's language, and as the API wrote it.
#[must_use]
pub fn word(page: &Page, word: Option<&Word>) -> [String; 2] {
    let in_words = word.map(|it| page.word(it)).unwrap_or_default();
    let original = word.map(|it| it.original().to_owned()).unwrap_or_default();
    [in_words, original]
}

/// The titles of such two cells.
#[must_use]
pub fn word_titles(page: &Page, title: &str) -> [String; 2] {
    let title = page.say(title);
    let original = page.say_with("export-original", [("title", title.as_str())]);
    [title, original]
}
