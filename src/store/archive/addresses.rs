//! What the archive knows of an address, or of a range of addresses.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{AddressRange, IndicatorKind, KstDateTime, TeamId, first_place},
    store::{Error, Store, read_time},
};

use super::{
    condition::push_between, list::ArchiveRow, statement::Statement, tickets::ArchivedTicket,
};

/// Events of one side that names, targets and countries are counted of: the latest ones of the period.
const MAX_COUNTED_EVENTS: u32 = 10_000;
/// The most frequent ones are told.
const MAX_FREQUENT: usize = 10;

/// Rows in which an address stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Appearances {
    pub count: u64,
    pub first: Option<KstDateTime>,
    pub last: Option<KstDateTime>,
}

/// Everything in which an address appears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressSummary {
    pub tickets_as_source: Appearances,
    pub tickets_as_destination: Appearances,
    /// Tickets whose text names it.
    pub tickets_in_text: Appearances,
    pub events_as_source: Appearances,
    pub events_as_destination: Appearances,
    /// Events of each day since the time that was asked for, oldest first, by the day's start; days without one are
    /// left out.
    pub days: Vec<(KstDateTime, u64)>,
    /// Names of events with how often each was met, the most frequent first, as the lists below.
    pub names: Vec<(String, u64)>,
    /// Whom it attacked, by their addresses.
    pub targets: Vec<(String, u64)>,
    /// Who attacked it.
    pub attackers: Vec<(String, u64)>,
    /// Where it is: codes, or names that have none.
    pub countries: Vec<(String, u64)>,
}

impl AddressSummary {
    /// When it was seen first, and last.
    #[must_use]
    pub fn seen(&self) -> Option<(KstDateTime, KstDateTime)> {
        let all = [
            self.tickets_as_source,
            self.tickets_as_destination,
            self.tickets_in_text,
            self.events_as_source,
            self.events_as_destination,
        ];
        let first = all.iter().filter_map(|part| part.first).min();
        first.zip(all.iter().filter_map(|part| part.last).max())
    }
}

/// A range of one team's addresses, looked for in the archive.
struct Lookup<'a> {
    store: &'a Store,
    team: i64,
    range: &'a AddressRange,
    since: i64,
}

impl Store {
    /// What is known of an address; figures by day and frequency are those since a time.
    pub async fn address_summary(
        &self,
        team: &TeamId,
        range: &AddressRange,
        since: KstDateTime,
    ) -> Result<AddressSummary, Error> {
        let Some(team) = self.team_number(team).await? else {
            return Ok(AddressSummary::default());
        };
        let since = first_place(since.millis());
        let lookup = Lookup {
            store: self,
            team,
            range,
            since,
        };
        let [mut targets, mut attackers] = [Vec::new(), Vec::new()];
        let mut names = HashMap::new();
        for row in lookup.met("source_key", "destination_ip").await? {
            note(&row, &mut names, &mut targets)?;
        }
        for row in lookup.met("destination_key", "source_ip").await? {
            note(&row, &mut names, &mut attackers)?;
        }
        Ok(AddressSummary {
            tickets_as_source: lookup.appearances("archived_tickets", "source_key").await?,
            tickets_as_destination: lookup
                .appearances("archived_tickets", "destination_key")
                .await?,
            tickets_in_text: lookup
                .appearances("indicators", "kind = 'ip' and key")
                .await?,
            events_as_source: lookup.appearances("archived_events", "source_key").await?,
            events_as_destination: lookup
                .appearances("archived_events", "destination_key")
                .await?,
            days: lookup.days().await?,
            names: frequent(names),
            targets: frequent(totals(targets)),
            attackers: frequent(totals(attackers)),
            countries: lookup.countries().await?,
        })
    }

    /// Tickets whose text names an indicator, newest first: an address or several with `range`.
    pub async fn tickets_naming_address(
        &self,
        team: &TeamId,
        range: &AddressRange,
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let push = |sql: &mut Statement| {
            sql.push("kind = 'ip' and key");
            push_between(sql, range);
        };
        self.tickets_naming(team, push, limit).await
    }

    /// Tickets whose text names a CVE number, a domain or a hash, newest first.
    pub async fn tickets_naming_indicator(
        &self,
        team: &TeamId,
        kind: IndicatorKind,
        key: &str,
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let push = |sql: &mut Statement| {
            sql.push("kind = ")
                .bind(kind.code())
                .push(" and key = ")
                .bind(key);
        };
        self.tickets_naming(team, push, limit).await
    }

    async fn tickets_naming(
        &self,
        team: &TeamId,
        push_condition: impl FnOnce(&mut Statement),
        limit: u32,
    ) -> Result<Vec<ArchivedTicket>, Error> {
        let Some(number) = self.team_number(team).await? else {
            return Ok(Vec::new());
        };
        let mut sql = Statement::new("select ");
        sql.push(ArchivedTicket::COLUMNS);
        sql.push(
            " from archived_tickets t where t.place in (select place from indicators where team = ",
        );
        sql.bind(number).push(" and ");
        push_condition(&mut sql);
        sql.push(") order by t.place desc limit ")
            .bind(i64::from(limit));
        let rows = sql.fetch_all(&self.pool).await?;
        rows.iter().map(ArchivedTicket::read).collect()
    }
}

impl Lookup<'_> {
    /// Adds `from … where …` for the rows whose column holds one of the addresses.
    fn push_rows(&self, sql: &mut Statement, table: &str, column: &str) {
        sql.push(" from ")
            .push(table)
            .push(" where team = ")
            .bind(self.team);
        sql.push(" and ").push(column);
        if self.range.single().is_some() {
            sql.push(" = ").bind(self.range.low().as_str());
        } else {
            push_between(sql, self.range);
        }
    }

    async fn appearances(&self, table: &str, column: &str) -> Result<Appearances, Error> {
        let mut sql = Statement::new(
            "select count(distinct place) as counted, min(place) as first, max(place) as last",
        );
        self.push_rows(&mut sql, table, column);
        let rows = sql.fetch_all(&self.store.pool).await?;
        let Some(row) = rows.first() else {
            return Ok(Appearances::default());
        };
        let second = |column| -> Result<Option<KstDateTime>, Error> {
            let place: Option<i64> = row.try_get(column)?;
            // A row whose time could not be read stands at the beginning of time.
            let place = place.filter(|place| *place >= first_place(1000));
            place
                .map(|place| read_time((place >> 30) * 1000))
                .transpose()
        };
        Ok(Appearances {
            count: number(row, "counted")?,
            first: second("first")?,
            last: second("last")?,
        })
    }

    async fn days(&self) -> Result<Vec<(KstDateTime, u64)>, Error> {
        const KOREA: i64 = 9 * 3600;
        const DAY: i64 = 24 * 3600;
        let mut sql = Statement::new(&format!(
            "select ((place >> 30) + {KOREA}) / {DAY} as day, count(*) as counted from ("
        ));
        sql.push_joined(
            " union ",
            ["source_key", "destination_key"],
            |sql, column| {
                sql.push("select place");
                self.push_rows(sql, "archived_events", column);
                sql.push(" and place >= ").bind(self.since);
            },
        );
        sql.push(") met group by day order by day");
        let mut days = Vec::new();
        for row in sql.fetch_all(&self.store.pool).await? {
            let day: i64 = row.try_get("day")?;
            days.push((
                read_time((day * DAY - KOREA) * 1000)?,
                number(&row, "counted")?,
            ));
        }
        Ok(days)
    }

    /// The latest events of one side by name and by the address on the other side.
    async fn met(&self, column: &str, other: &str) -> Result<Vec<AnyRow>, Error> {
        let mut sql = Statement::new(
            "select (select text from attack_names where attack_names.id = name_id) as name, other,
                 count(*) as counted from (select name_id, ",
        );
        sql.push(other).push(" as other");
        self.push_rows(&mut sql, "archived_events", column);
        sql.push(" and place >= ").bind(self.since);
        sql.push(&format!(
            " order by place desc limit {MAX_COUNTED_EVENTS}) met group by name_id, other"
        ));
        sql.fetch_all(&self.store.pool).await
    }

    /// The analyses tell the countries of both sides, the events that of the destination.
    async fn countries(&self) -> Result<Vec<(String, u64)>, Error> {
        let mut counted = Vec::new();
        for (table, column, country) in [
            ("analysis_rows", "source_key", "source_country"),
            ("analysis_rows", "destination_key", "destination_country"),
            ("archived_events", "destination_key", "country"),
        ] {
            let mut sql = Statement::new("select country, count(*) as counted from (select ");
            sql.push(country).push(" as country");
            self.push_rows(&mut sql, table, column);
            sql.push(&format!(
                " limit {MAX_COUNTED_EVENTS}) met group by country"
            ));
            for row in sql.fetch_all(&self.store.pool).await? {
                counted.push((row.try_get("country")?, number(&row, "counted")?));
            }
        }
        Ok(frequent(totals(counted)))
    }
}

fn note(
    row: &AnyRow,
    names: &mut HashMap<String, u64>,
    others: &mut Vec<(Option<String>, u64)>,
) -> Result<(), Error> {
    let counted = number(row, "counted")?;
    if let Some(name) = row.try_get::<Option<String>, _>("name")? {
        *names.entry(name).or_default() += counted;
    }
    others.push((row.try_get("other")?, counted));
    Ok(())
}

fn totals(counted: Vec<(Option<String>, u64)>) -> HashMap<String, u64> {
    let mut totals = HashMap::new();
    for (name, count) in counted {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            *totals.entry(name).or_default() += count;
        }
    }
    totals
}

/// The most frequent ones first.
fn frequent(counted: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut all: Vec<_> = counted.into_iter().collect();
    all.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    all.truncate(MAX_FREQUENT);
    all
}

fn number(row: &AnyRow, column: &str) -> Result<u64, Error> {
    let number: i64 = row.try_get(column)?;
    Ok(u64::try_from(number).unwrap_or(0))
}
