//! What a search finds: the first rows of each list, and the list with all of them.

use crate::{
    model::{
        AddressRange, Count, EVENTS, Field, HISTORY, KnownServer, ListDefinition, ListQuery,
        SearchTerms, TICKETS, Team, normalize,
    },
    store::{ArchiveRow, ArchiveStatus, ArchivedEvent, ArchivedHistory, ArchivedTicket, Store},
    web::{
        Result, address,
        found_rows::{FoundTicket, MatchedNote, MatchedServer},
    },
};

/// The first rows of each list.
const MAX_ROWS: u32 = 10;
/// Of a ticket's part around a match, in characters.
const EXCERPT_LENGTH: usize = 160;

/// The first rows of a list.
pub struct Group<T> {
    /// Its message.
    pub name: &'static str,
    pub rows: Vec<T>,
    pub total: Count,
    /// The list with all rows; notes have none.
    pub list: Option<String>,
}

pub struct Results {
    /// What the text is if it is an address or a range.
    pub range: Option<AddressRange>,
    pub terms: SearchTerms,
    pub archive: Vec<ArchiveStatus>,
    pub tickets: Group<FoundTicket>,
    /// By name, and by address or port if the text is one.
    pub events: Vec<Group<ArchivedEvent>>,
    pub history: Group<ArchivedHistory>,
    pub servers: Group<MatchedServer>,
    pub notes: Group<MatchedNote>,
}

struct Search<'a> {
    store: &'a Store,
    team: &'a Team,
    text: &'a str,
    terms: SearchTerms,
    range: Option<AddressRange>,
}

impl Results {
    /// `None` for a text that asks for nothing.
    pub async fn load(store: &Store, team: &Team, text: &str) -> Result<Option<Self>> {
        let search = Search {
            store,
            team,
            text,
            terms: SearchTerms::parse(text),
            range: AddressRange::parse(text).ok(),
        };
        if search.terms.is_empty() {
            return Ok(None);
        }
        let (archive, tickets, events, history, servers, notes) = tokio::try_join!(
            async { Ok(store.archive_status(&team.id).await?) },
            search.tickets(),
            search.events(),
            search.list::<ArchivedHistory>("history", "history", &HISTORY, Field::Search),
            search.servers(),
            search.notes(),
        )?;
        Ok(Some(Self {
            archive,
            tickets,
            events,
            history,
            servers,
            notes,
            range: search.range,
            terms: search.terms,
        }))
    }

    pub fn is_empty(&self) -> bool {
        let of_events = self.events.iter().map(|group| group.total.get());
        let all = of_events.chain([
            self.tickets.total.get(),
            self.history.total.get(),
            self.servers.total.get(),
            self.notes.total.get(),
        ]);
        all.sum::<u64>() == 0
    }
}

impl Search<'_> {
    async fn list<R: ArchiveRow>(
        &self,
        name: &'static str,
        list: &str,
        definition: &'static ListDefinition,
        field: Field,
    ) -> Result<Group<R>> {
        let query = ListQuery::new(definition).with(field, self.text);
        let page = self
            .store
            .archive_page::<R>(&self.team.id, &query, MAX_ROWS);
        let page = page.await?;
        Ok(Group {
            name,
            rows: page.rows,
            total: page.total,
            list: Some(format!("/t/{}/{list}?{}", self.team.slug, query.to_query())),
        })
    }

    /// Texts name single addresses; those of a range are found by the fields only.
    async fn tickets(&self) -> Result<Group<FoundTicket>> {
        let is_range = |range: &AddressRange| range.single().is_none();
        let field = if self.range.as_ref().is_some_and(is_range) {
            Field::Address
        } else {
            Field::Search
        };
        let group = self.list::<ArchivedTicket>("tickets", "tickets", &TICKETS, field);
        let group = group.await?;
        let places: Vec<i64> = group.rows.iter().map(|row| row.place).collect();
        let excerpts = self
            .store
            .ticket_excerpts(&places, &self.terms, EXCERPT_LENGTH);
        let mut excerpts = excerpts.await?;
        let rows = group.rows.into_iter().map(|row| {
            let excerpt = excerpts.remove(&row.place);
            FoundTicket::new(row, &self.terms, excerpt)
        });
        Ok(Group {
            rows: rows.collect(),
            name: group.name,
            total: group.total,
            list: group.list,
        })
    }

    async fn events(&self) -> Result<Vec<Group<ArchivedEvent>>> {
        let mut groups = Vec::new();
        let is_port = self.text.parse::<u16>().is_ok();
        for (name, field, applies) in [
            (
                "search-events-address",
                Field::Address,
                self.range.is_some(),
            ),
            ("search-events-port", Field::Port, is_port),
            ("search-events-name", Field::Search, self.range.is_none()),
        ] {
            if applies {
                groups.push(self.list(name, "events", &EVENTS, field).await?);
            }
        }
        Ok(groups)
    }

    async fn servers(&self) -> Result<Group<MatchedServer>> {
        let mut servers = match &self.range {
            Some(range) => {
                self.store
                    .servers_with_address(&self.team.id, range)
                    .await?
            }
            None => self.store.known_servers(&self.team.id).await?,
        };
        let searched = |server: &KnownServer| {
            normalize(&[&*server.name, &server.address, &server.id].join("\n"))
        };
        if self.range.is_none() {
            servers.retain(|server| self.terms.match_normalized(&searched(server)));
        }
        let list = format!("/t/{}/vms", self.team.slug);
        let parameters = [("q", Some(self.text)), ("list", Some("all"))];
        Ok(Group {
            name: "search-servers",
            total: Count::Exact(servers.len() as u64),
            rows: servers
                .into_iter()
                .take(MAX_ROWS as usize)
                .map(|server| MatchedServer::new(server, &self.terms))
                .collect(),
            list: Some(address::with_query(&list, &parameters)),
        })
    }

    async fn notes(&self) -> Result<Group<MatchedNote>> {
        let (notes, total) = self
            .store
            .search_notes(&self.team.id, &self.terms, MAX_ROWS)
            .await?;
        Ok(Group {
            name: "search-notes",
            total,
            rows: notes
                .into_iter()
                .map(|note| MatchedNote::new(note, &self.terms))
                .collect(),
            list: None,
        })
    }
}
