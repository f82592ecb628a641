//! What the archive knows of an address, or of a range of addresses.

use std::collections::HashMap;

use sqlx::{Row as _, any::AnyRow};

use crate::{
    model::{AddressRange, Count, KstDateTime, TeamId, first_place},
    store::{Error, Store, read_time},
};

use super::{condition::push_between, statement::Statement};

/// Events of one side that names, targets and countries are counted of: the latest ones of the period.
const MAX_COUNTED_EVENTS: u32 = 10_000;
/// Events of one side that are counted by day: the latest ones of the period.
const MAX_DAILY_EVENTS: u32 = 100_000;
/// The most frequent ones are told.
const MAX_FREQUENT: usize = 10;

/// Rows in which an address stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearances {
    pub count: Count,
    pub first: Option<KstDateTime>,
    pub last: Option<KstDateTime>,
}

impl Default for Appearances {
    fn default() -> Self {
        Self {
            count: Count::Exact(0),
            first: None,
            last: None,
        }
    }
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
    /// There are so many events that the oldest of the period are not counted by day.
    pub days_are_cut: bool,
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

/// A column that holds addresses.
struct Side {
    table: &'static str,
    column: &'static str,
    /// More rows match than are counted. Whatever is wanted of them is found soon in the order of time.
    is_dense: bool,
}

impl Store {
    /// What is known of an address; figures by day and frequency are those since a time. However wide the range is, the
    /// work is bounded.
    pub async fn address_summary(
        &self,
        team: &TeamId,
        range: &AddressRange,
        since: KstDateTime,
    ) -> Result<AddressSummary, Error> {
        let Some(team) = self.team_number(team).await? else {
            return Ok(AddressSummary::default());
        };
        let lookup = Lookup {
            store: self,
            team,
            range,
            since: first_place(since.millis()),
        };
        let (_, tickets_as_source) = lookup.side("archived_tickets", "source_key").await?;
        let (_, tickets_as_destination) =
            lookup.side("archived_tickets", "destination_key").await?;
        let (_, tickets_in_text) = lookup.side("indicators", "key").await?;
        let (source, events_as_source) = lookup.side("archived_events", "source_key").await?;
        let (destination, events_as_destination) =
            lookup.side("archived_events", "destination_key").await?;
        let [mut targets, mut attackers] = [Vec::new(), Vec::new()];
        let mut names = HashMap::new();
        for row in lookup.met(&source, "destination_ip").await? {
            note(&row, &mut names, &mut targets)?;
        }
        for row in lookup.met(&destination, "source_ip").await? {
            note(&row, &mut names, &mut attackers)?;
        }
        let days = lookup.days([&source, &destination]).await?;
        Ok(AddressSummary {
            tickets_as_source,
            tickets_as_destination,
            tickets_in_text,
            events_as_source,
            events_as_destination,
            days_are_cut: days.iter().map(|(_, events)| events).sum::<u64>()
                >= u64::from(MAX_DAILY_EVENTS),
            days,
            names: frequent(names),
            targets: frequent(totals(targets)),
            attackers: frequent(totals(attackers)),
            countries: lookup.countries().await?,
        })
    }
}

impl Lookup<'_> {
    /// Adds `from … where …` for the rows whose column holds one of the addresses.
    fn push_rows(&self, sql: &mut Statement, side: &Side) {
        let is_text = side.table == "indicators";
        if is_text && side.is_dense {
            sql.push(" from archived_tickets where team = ")
                .bind(self.team);
            sql.push(
                " and exists (select 1 from indicators i where i.place = archived_tickets.place
                    and i.kind = 'ip' and i.key",
            );
            push_between(sql, self.range);
            sql.push(")");
            return;
        }
        sql.push(" from ").push(side.table).push(" where team = ");
        sql.bind(self.team).push(" and ");
        sql.push(if is_text { "kind = 'ip' and " } else { "" });
        sql.push(side.column);
        if self.range.single().is_some() {
            sql.push(" = ").bind(self.range.low().as_str());
        } else {
            // Not by the index of the addresses.
            sql.push(if side.is_dense { " || ''" } else { "" });
            push_between(sql, self.range);
        }
    }

    async fn side(
        &self,
        table: &'static str,
        column: &'static str,
    ) -> Result<(Side, Appearances), Error> {
        let mut side = Side {
            table,
            column,
            is_dense: false,
        };
        // A row whose time could not be read stands at the beginning of time.
        let mut sql = Statement::new(&format!(
            "select count(*) as counted, min(case when place >= {0} then place end) as first,
                 max(case when place >= {0} then place end) as last from (select distinct place",
            first_place(1000)
        ));
        self.push_rows(&mut sql, &side);
        sql.push(&format!(" limit {}) met", Count::MAX + 1));
        let rows = sql.fetch_all(&self.store.pool).await?;
        let Some(row) = rows.first() else {
            return Ok((side, Appearances::default()));
        };
        let count = Count::capped(number(row, "counted")?);
        side.is_dense = matches!(count, Count::AtLeast(_));
        let (first, last) = if side.is_dense {
            (self.end(&side, "").await?, self.end(&side, " desc").await?)
        } else {
            (second(row, "first")?, second(row, "last")?)
        };
        Ok((side, Appearances { count, first, last }))
    }

    /// The first row of many, or the last one.
    async fn end(&self, side: &Side, direction: &str) -> Result<Option<KstDateTime>, Error> {
        let mut sql = Statement::new("select place");
        self.push_rows(&mut sql, side);
        sql.push(" and place >= ").bind(first_place(1000));
        sql.push(" order by place").push(direction).push(" limit 1");
        let rows = sql.fetch_all(&self.store.pool).await?;
        rows.first().map_or(Ok(None), |row| second(row, "place"))
    }

    async fn days(&self, sides: [&Side; 2]) -> Result<Vec<(KstDateTime, u64)>, Error> {
        const KOREA: i64 = 9 * 3600;
        const DAY: i64 = 24 * 3600;
        let mut sql = Statement::new(&format!(
            "select ((place >> 30) + {KOREA}) / {DAY} as day, count(*) as counted from ("
        ));
        sql.push_joined(" union ", sides, |sql, side| {
            sql.push("select place from (select place");
            self.push_rows(sql, side);
            sql.push(" and place >= ").bind(self.since);
            sql.push(&format!(
                " order by place desc limit {MAX_DAILY_EVENTS}) latest"
            ));
        });
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
    async fn met(&self, side: &Side, other: &str) -> Result<Vec<AnyRow>, Error> {
        let mut sql = Statement::new(
            "select (select text from attack_names where attack_names.id = name_id) as name, other,
                 count(*) as counted from (select name_id, ",
        );
        sql.push(other).push(" as other");
        self.push_rows(&mut sql, side);
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
            let side = Side {
                table,
                column,
                is_dense: false,
            };
            self.push_rows(&mut sql, &side);
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

/// The second of a place.
fn second(row: &AnyRow, column: &str) -> Result<Option<KstDateTime>, Error> {
    let place: Option<i64> = row.try_get(column)?;
    place
        .map(|place| read_time((place >> 30) * 1000))
        .transpose()
}

fn number(row: &AnyRow, column: &str) -> Result<u64, Error> {
    let number: i64 = row.try_get(column)?;
    Ok(u64::try_from(number).unwrap_or(0))
}
