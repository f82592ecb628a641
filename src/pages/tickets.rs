//! Response tickets: the list, from the archive or from the source.

pub mod export;
pub mod review;
pub mod share;
pub mod show;
mod source;
mod timeline;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{RawQuery, State};

use crate::{
    model::{
        Field, KstDateTime, ListDefinition, ListQuery, Permission, SearchTerms, TICKETS, TicketId,
        highlight, match_ranges,
    },
    store::{ArchivedTicket, Store},
    web::{
        AppState, Authorized, Layout, LenientQuery, Result,
        access::ReadTeam,
        export::Columns,
        flash::FlashQuery,
        html,
        list::{List, ListRequest, ListRow, Match, remember_page_size, with_query},
    },
};

/// The characters of an analysis around a match.
const EXCERPT_LENGTH: usize = 120;

impl ListRow for ArchivedTicket {
    const DEFINITION: &'static ListDefinition = &TICKETS;

    fn columns() -> Columns<Self> {
        Columns::<Self>::default()
            .time("ticket-detected", |row| row.ticket.detected.as_ref())
            .sorted_as("detected")
            .text("ticket-name", |row| row.ticket.name.as_deref())
            .as_heading()
            .sorted_as("name")
            .term("ticket-status", |row| row.ticket.status.as_ref())
            .sorted_as("status")
            .term("ticket-verdict", |row| row.ticket.verdict.as_ref())
            .sorted_as("verdict")
            .term("ticket-kind", |row| row.ticket.kind.as_ref())
            .sorted_as("type")
            .text("ticket-attack", |row| row.ticket.attack.as_deref())
            .sorted_as("attack")
            .address("source-ip", |row| row.ticket.source_ip.as_deref())
            .sorted_as("source")
            .address("destination-ip", |row| row.ticket.destination_ip.as_deref())
            .sorted_as("destination")
            .rendered("ticket-reviewed", |layout, row| match row.reviewed {
                Some(_) => layout.t("filter-reviewed-yes").to_owned(),
                None => String::new(),
            })
            .only_in_table()
            .sorted_as("reviewed")
            .moment("ticket-reviewed", |row| row.reviewed)
            .only_in_files()
            .text("ticket-reviewed-by", |row| row.reviewed_by.as_deref())
            .only_in_files()
            .text("ticket-assignee", |row| row.assignee.as_deref())
            .sorted_as("assignee")
            .text("ticket-id", |row| {
                row.ticket.id.as_ref().map(TicketId::as_str)
            })
            .only_in_files()
    }

    fn place(&self) -> i64 {
        self.place
    }

    fn id(&self) -> Option<&str> {
        self.ticket.id.as_ref().map(TicketId::as_str)
    }

    fn has_page(&self) -> bool {
        true
    }

    fn gone(&self) -> Option<KstDateTime> {
        self.gone
    }
}

#[derive(Template)]
#[template(path = "tickets/index.html")]
struct Index {
    layout: Layout,
    list: List<ArchivedTicket>,
    views: [View; 3],
    message: Option<&'static str>,
}

/// A filter that managers use every day, with the number of its tickets.
struct View {
    /// The key of its message.
    title: &'static str,
    address: String,
    count: u64,
    is_current: bool,
}

impl Index {
    /// Where the form of chosen tickets is sent.
    fn selection_address(&self) -> String {
        with_query(&format!("{}/review", self.list.path), &self.list.query)
    }
}

pub async fn index(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    request: ListRequest<ArchivedTicket>,
    LenientQuery(flash): LenientQuery<FlashQuery>,
    RawQuery(query): RawQuery,
) -> Result {
    let page_size = request.new_page_size();
    let layout = who.layout();
    let Some(mut list) = List::load(&state, &layout, who.team(), request).await? else {
        return source::index(&who, &state, query.as_deref().unwrap_or_default()).await;
    };
    list.matches = matches(&state.store, &layout, &list).await?;
    list.selection = who
        .may(Permission::ReviewTickets)
        .then_some("review-selection");
    let layout = layout.at(list.address());
    let page = html(&Index {
        views: views(&who, &state.store, &list).await?,
        message: flash.message(&[
            ("reviewed", "tickets-reviewed"),
            ("nothing-chosen", "tickets-nothing-chosen"),
        ]),
        layout,
        list,
    })?;
    Ok(remember_page_size(page, state.https, page_size))
}

/// All tickets, those that nobody reviewed, and the user's own.
async fn views(
    who: &Authorized<ReadTeam>,
    store: &Store,
    list: &List<ArchivedTicket>,
) -> Result<[View; 3]> {
    let all = ListQuery::new(&TICKETS);
    let unreviewed = all.with(Field::Reviewed, "no");
    let assigned = all.with(Field::Assignee, who.user().username.as_str());
    let view = async |title, query: ListQuery| -> Result<View> {
        let total = store.archive_total::<ArchivedTicket>(&who.team().id, &query);
        Ok(View {
            title,
            address: with_query(&list.path, &query),
            count: total.await?,
            is_current: list.query.filters() == query.filters(),
        })
    };
    Ok([
        view("tickets-all", all).await?,
        view("tickets-unreviewed", unreviewed).await?,
        view("tickets-mine", assigned).await?,
    ])
}

/// Where a search was found that the cells do not show: in the analysis, in names of servers, in the number.
async fn matches(
    store: &Store,
    layout: &Layout,
    list: &List<ArchivedTicket>,
) -> Result<HashMap<i64, Vec<Match>>> {
    let Some(terms) = list.query.search_terms() else {
        return Ok(HashMap::new());
    };
    let places: Vec<i64> = list.rows.iter().map(|row| row.place).collect();
    let excerpts = store.ticket_excerpts(&places, terms, EXCERPT_LENGTH);
    let mut excerpts = excerpts.await?;
    let mut matches = HashMap::new();
    for row in &list.rows {
        let excerpt = excerpts.remove(&row.place).map(|excerpt| Match {
            place: layout.t(part_title(&excerpt.part)).to_owned(),
            fragments: excerpt.fragments,
        });
        let servers = row.servers.join(", ");
        let texts = [
            ("ticket-servers", servers.as_str()),
            ("ticket-id", row.id().unwrap_or_default()),
        ];
        let hidden = texts
            .into_iter()
            .filter_map(|(title, text)| found(layout, title, text, terms));
        matches.insert(row.place, excerpt.into_iter().chain(hidden).collect());
    }
    Ok(matches)
}

fn found(layout: &Layout, title: &str, text: &str, terms: &SearchTerms) -> Option<Match> {
    (!match_ranges(text, terms).is_empty()).then(|| Match {
        place: layout.t(title).to_owned(),
        fragments: highlight(text, terms),
    })
}

/// The message of a part's name.
fn part_title(part: &str) -> &'static str {
    match part {
        "summary" => "ticket-summary",
        "analysis" => "ticket-analysis",
        "deep-analysis" => "ticket-deep-analysis",
        _ => "ticket-description",
    }
}
