//! The filters of a list: fields of a form, chips that remove them, and periods to choose.

use chrono::TimeDelta;
use futures_util::future::try_join_all;

use crate::{
    model::{Count, Field, KstDateTime, ListQuery, TeamId, ValueKind},
    store::{Error, FacetValue, Store},
    web::Layout,
};

use super::{ListRow, with_query};

/// A filter in the form.
pub struct FilterField {
    pub field: Field,
    /// The key of its message.
    pub label: &'static str,
    pub input: FilterInput,
}

pub enum FilterInput {
    Search(String),
    /// An input for each value, at least one.
    Text(Vec<String>),
    Time {
        value: String,
        /// To the minute, else a day.
        is_to_minute: bool,
    },
    Options(Vec<FilterOption>),
}

/// A value that can be chosen, and how many rows it leaves.
pub struct FilterOption {
    pub value: String,
    pub text: String,
    pub count: Option<Count>,
    pub is_chosen: bool,
}

/// A filter that holds, and the address of the list without it.
pub struct Chip {
    pub parameter: &'static str,
    /// The key of its message.
    pub label: &'static str,
    pub text: String,
    pub count: Option<Count>,
    pub address: String,
}

/// A period that can be chosen.
pub struct Preset {
    /// The key of its message.
    pub label: &'static str,
    pub address: String,
    pub is_current: bool,
}

/// The fields of a list's form, with the number of rows of each value.
pub(super) async fn fields<T: ListRow>(
    store: &Store,
    layout: &Layout,
    team: &TeamId,
    query: &ListQuery,
) -> Result<Vec<FilterField>, Error> {
    let fields = T::DEFINITION.fields.iter();
    try_join_all(fields.map(async |(field, kind)| {
        let has_facet = matches!(
            kind,
            ValueKind::Code(_) | ValueKind::Text | ValueKind::Country
        );
        let facet = if has_facet {
            store.archive_facet::<T>(team, query, *field).await?
        } else {
            Vec::new()
        };
        Ok(FilterField {
            field: *field,
            label: label(*field),
            input: input(layout, query, *field, *kind, &facet),
        })
    }))
    .await
}

fn input(
    layout: &Layout,
    query: &ListQuery,
    field: Field,
    kind: ValueKind,
    facet: &[FacetValue],
) -> FilterInput {
    let values = query.values(field).iter();
    let mut values: Vec<String> = values.map(|value| value.text.clone()).collect();
    match kind {
        ValueKind::Terms => FilterInput::Search(query.searched_text().to_owned()),
        ValueKind::Start | ValueKind::End => {
            let value = values.into_iter().next().unwrap_or_default();
            let is_to_minute = value.contains('T');
            FilterInput::Time {
                value,
                is_to_minute,
            }
        }
        ValueKind::Address | ValueKind::Port => {
            if values.is_empty() {
                values.push(String::new());
            }
            FilterInput::Text(values)
        }
        ValueKind::Code(codes) => {
            let codes = codes.iter().map(|&code| code.to_owned()).collect();
            FilterInput::Options(options(layout, query, field, codes, facet))
        }
        ValueKind::Text | ValueKind::Country => {
            let found = facet.iter().map(|found| found.value.clone());
            let mut all: Vec<String> = found.filter(|value| !value.is_empty()).collect();
            values.retain(|value| !all.contains(value));
            all.extend(values);
            FilterInput::Options(options(layout, query, field, all, facet))
        }
    }
}

fn options(
    layout: &Layout,
    query: &ListQuery,
    field: Field,
    values: Vec<String>,
    facet: &[FacetValue],
) -> Vec<FilterOption> {
    let count = |value: &str| {
        let found = facet.iter().find(|found| found.value == value);
        found.map_or(Count::Exact(0), |found| found.count)
    };
    let option = |value: String| FilterOption {
        text: value_text(layout, field, &value),
        count: Some(count(&value)),
        is_chosen: query.has(field, &value),
        value,
    };
    values.into_iter().map(option).collect()
}

/// A chip for each value of each filter, and for each value that nothing matches.
pub(super) fn chips(
    path: &str,
    layout: &Layout,
    query: &ListQuery,
    fields: &[FilterField],
) -> Vec<Chip> {
    let mut chips = Vec::new();
    for filter in query.filters() {
        for value in &filter.values {
            chips.push(Chip {
                parameter: filter.field.name(),
                label: label(filter.field),
                text: value_text(layout, filter.field, &value.text),
                count: count(fields, filter.field, &value.text),
                address: with_query(path, &query.without_value(filter.field, &value.text)),
            });
        }
    }
    for (parameter, value) in query.unknown() {
        let mut fields = fields.iter();
        let field = fields.find(|field| field.field.name() == *parameter);
        let without = match field {
            Some(field) => query.without_value(field.field, value),
            None => query.without_unknown(parameter),
        };
        chips.push(Chip {
            parameter,
            label: field.map_or("filter-other", |field| field.label),
            text: value.clone(),
            count: Some(Count::Exact(0)),
            address: with_query(path, &without),
        });
    }
    chips
}

fn count(fields: &[FilterField], field: Field, value: &str) -> Option<Count> {
    let known = fields.iter().find(|known| known.field == field)?;
    let FilterInput::Options(options) = &known.input else {
        return None;
    };
    options.iter().find(|option| option.value == value)?.count
}

/// Periods up to now: today, some days, this month.
pub(super) fn presets(path: &str, query: &ListQuery, now: KstDateTime) -> Vec<Preset> {
    let day = |days: i64| now.minus(TimeDelta::days(days)).to_date();
    let month = format!("{}-01", &now.to_date()[..7]);
    [
        ("period-today", day(0)),
        ("period-7-days", day(6)),
        ("period-30-days", day(29)),
        ("period-90-days", day(89)),
        ("period-month", month),
    ]
    .map(|(label, from)| {
        let without = query.without(Field::From).without(Field::To);
        let is_current = query.has(Field::From, &from) && query.values(Field::To).is_empty();
        Preset {
            label,
            is_current,
            address: with_query(path, &without.with(Field::From, &from)),
        }
    })
    .into()
}

fn label(field: Field) -> &'static str {
    match field {
        Field::Search => "filter-search",
        Field::From => "filter-from",
        Field::To => "filter-to",
        Field::Type => "filter-type",
        Field::Status => "ticket-status",
        Field::Verdict => "ticket-verdict",
        Field::Attack => "ticket-attack",
        Field::Severity => "event-severity",
        Field::Direction => "event-direction",
        Field::Country => "destination-country",
        Field::Source => "source-ip",
        Field::Destination => "destination-ip",
        Field::Address => "filter-address",
        Field::Port => "destination-port",
        Field::Reviewed => "ticket-reviewed",
        Field::Assignee => "ticket-assignee",
    }
}

/// A value as people read it.
fn value_text(layout: &Layout, field: Field, value: &str) -> String {
    let message = match (field, value) {
        (Field::Status, "waiting") => "word-ticket-waiting",
        (Field::Status, "in-progress") => "word-ticket-working",
        (Field::Status, "done") => "word-ticket-done",
        (Field::Verdict, "true-positive") => "word-true-positive",
        (Field::Verdict, "false-positive") => "word-false-positive",
        (Field::Type, "incident") => "word-incident",
        (Field::Type, "intrusion") => "word-intrusion",
        (Field::Type, "new") => "word-change-new",
        (Field::Type, "release") => "word-change-release",
        (Field::Type, "change") => "word-change-other",
        (Field::Severity, "info") => "word-severity-info",
        (Field::Severity, "low") => "word-severity-low",
        (Field::Severity, "medium") => "word-severity-medium",
        (Field::Severity, "high") => "word-severity-high",
        (Field::Severity, "critical") => "word-severity-critical",
        (Field::Direction, "inbound") => "word-inbound",
        (Field::Direction, "outbound") => "word-outbound",
        (Field::Reviewed, "yes") => "filter-reviewed-yes",
        (Field::Reviewed, "no") => "filter-reviewed-no",
        (Field::Assignee, "none") => "filter-assignee-none",
        (Field::Country, code) => {
            let name = layout.country(code);
            return name.map_or(code.to_owned(), |name| format!("{name} ({code})"));
        }
        _ => return value.to_owned(),
    };
    layout.t(message).to_owned()
}
