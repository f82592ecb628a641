//! What an address asks of a list: filters, order, size and place of a page.
//!
//! It is the same for HTML, CSV, XLSX and JSON. Every link of a list is written from it, so that what an address says is
//! kept, and what it does not know is dropped.

use std::fmt;

use url::form_urlencoded;

use super::{
    Field, Filter, FilterValue, ListDefinition, Operand, PageNumber, SearchTerms, ValueKind,
};

/// Of one value, in characters.
const MAX_TEXT: usize = 200;
/// Of one parameter; more only cost time.
const MAX_VALUES: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub column: &'static str,
    pub descending: bool,
}

/// As addresses write it: `-` before the column for descending.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(f, "{sign}{}", self.column)
    }
}

/// Where a page begins. A cursor is the key of a row: the page holds the rows nearest to it that sort below it by
/// ascending order (`Before`), or above it (`After`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Page(PageNumber),
    Before(i64),
    After(i64),
}

impl Position {
    /// The cursor as scripts hand it back; empty for a page by its number.
    #[must_use]
    pub fn api_cursor(self) -> String {
        match self {
            Self::Page(_) => String::new(),
            Self::Before(place) => format!("before-{place}"),
            Self::After(place) => format!("after-{place}"),
        }
    }
}

/// Allowed page sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// The sizes that a page offers.
    Page,
    /// Any up to 1,000, for scripts.
    Api,
}

impl Limits {
    pub const PAGE_SIZES: [u32; 3] = [20, 50, 100];

    fn allow(self, limit: u32) -> bool {
        match self {
            Self::Page => Self::PAGE_SIZES.contains(&limit),
            Self::Api => (1..=1_000).contains(&limit),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    definition: &'static ListDefinition,
    /// In the definition's order.
    filters: Vec<Filter>,
    sort: Sort,
    limit: Option<u32>,
    position: Position,
    /// Values that their parameters do not know: nothing matches them.
    unknown: Vec<(&'static str, String)>,
}

impl ListQuery {
    #[must_use]
    pub fn new(definition: &'static ListDefinition) -> Self {
        Self {
            definition,
            filters: Vec::new(),
            sort: usual_sort(definition),
            limit: None,
            position: Position::Page(PageNumber::FIRST),
            unknown: Vec::new(),
        }
    }

    /// Parses a query string, without its question mark. An empty value counts as absent.
    #[must_use]
    pub fn parse(definition: &'static ListDefinition, query: &str, limits: Limits) -> Self {
        let mut list = Self::new(definition);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = cut(&value);
            if !value.is_empty() {
                list.read(&name, value, limits);
            }
        }
        list
    }

    fn read(&mut self, name: &str, value: &str, limits: Limits) {
        let known = match name {
            "sort" => ("sort", self.read_sort(value)),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| limits.allow(*limit));
                self.limit = limit.or(self.limit);
                ("limit", limit.is_some())
            }
            "page" => {
                self.position = Position::Page(PageNumber::from_query(value));
                return;
            }
            "before" => ("before", self.read_cursor(value, Position::Before)),
            "after" => ("after", self.read_cursor(value, Position::After)),
            "cursor" => ("cursor", self.read_api_cursor(value)),
            _ => match self.field(name) {
                Some((field, kind)) => (field.name(), self.add(field, kind, value)),
                None => return,
            },
        };
        if let (name, false) = known
            && self.unknown.len() < MAX_VALUES
        {
            self.unknown.push((name, value.to_owned()));
        }
    }

    /// `start` and `end` are the events list's aliases of `from` and `to`.
    fn field(&self, name: &str) -> Option<(Field, ValueKind)> {
        let name = match name {
            "start" => "from",
            "end" => "to",
            name => name,
        };
        let mut fields = self.definition.fields.iter();
        fields.find(|(field, _)| field.name() == name).copied()
    }

    /// A column is also known by its name in rows of JSON: `detected_at`, `source_ip`.
    fn read_sort(&mut self, value: &str) -> bool {
        let (column, descending) = value
            .strip_prefix('-')
            .map_or((value, false), |column| (column, true));
        let column = column
            .strip_suffix("_at")
            .or(column.strip_suffix("_ip"))
            .unwrap_or(column);
        let known = self.definition.sorts.iter().find(|known| **known == column);
        if let Some(column) = known {
            self.sort = Sort { column, descending };
        }
        known.is_some()
    }

    fn read_cursor(&mut self, value: &str, position: fn(i64) -> Position) -> bool {
        let place = value.parse().ok();
        if let Some(place) = place {
            self.position = position(place);
        }
        place.is_some()
    }

    /// Parses a cursor written by [`Position::api_cursor`].
    fn read_api_cursor(&mut self, value: &str) -> bool {
        match value.split_once('-') {
            Some(("before", place)) => self.read_cursor(place, Position::Before),
            Some(("after", place)) => self.read_cursor(place, Position::After),
            _ => false,
        }
    }

    fn add(&mut self, field: Field, kind: ValueKind, text: &str) -> bool {
        let Some(value) = FilterValue::parse(kind, text) else {
            return false;
        };
        if matches!(&value.operand, Operand::Terms(terms) if terms.is_empty()) {
            return true;
        }
        let order = |field| {
            self.definition
                .fields
                .iter()
                .position(|(known, _)| *known == field)
        };
        match self
            .filters
            .binary_search_by_key(&order(field), |filter| order(filter.field))
        {
            Ok(at) => {
                let values = &mut self.filters[at].values;
                if !values.contains(&value) && values.len() < MAX_VALUES {
                    values.push(value);
                }
            }
            Err(at) => self.filters.insert(
                at,
                Filter {
                    field,
                    values: vec![value],
                },
            ),
        }
        true
    }

    #[must_use]
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// The values of a parameter; none when it does not filter.
    #[must_use]
    pub fn values(&self, field: Field) -> &[FilterValue] {
        let mut filters = self.filters.iter();
        let filter = filters.find(|filter| filter.field == field);
        filter.map_or(&[], |filter| &filter.values)
    }

    /// Whether a form shows this value as chosen.
    #[must_use]
    pub fn has(&self, field: Field, text: &str) -> bool {
        self.values(field).iter().any(|value| value.text == text)
    }

    /// The value of the search field.
    #[must_use]
    pub fn searched_text(&self) -> &str {
        let searches = self.values(Field::Search);
        searches.first().map_or("", |value| &value.text)
    }

    /// The search terms to highlight.
    #[must_use]
    pub fn search_terms(&self) -> Option<&SearchTerms> {
        self.values(Field::Search)
            .iter()
            .find_map(|value| match &value.operand {
                Operand::Terms(terms) => Some(terms),
                _ => None,
            })
    }

    /// Values that nothing matches, with their parameters.
    #[must_use]
    pub fn unknown(&self) -> &[(&'static str, String)] {
        &self.unknown
    }

    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !self.filters.is_empty() || !self.unknown.is_empty()
    }

    #[must_use]
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Whether the order is another one than the usual.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.sort != usual_sort(self.definition)
    }

    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        self.limit
    }

    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether rows come in the order of their keys.
    #[must_use]
    pub fn sorts_by_time(&self) -> bool {
        self.sort.column == self.definition.sorts[0]
    }

    #[must_use]
    pub fn at(&self, position: Position) -> Self {
        Self {
            position,
            ..self.clone()
        }
    }

    #[must_use]
    pub fn sorted_by(&self, column: &'static str, descending: bool) -> Self {
        let sort = Sort { column, descending };
        Self {
            sort,
            ..self.at(Position::Page(PageNumber::FIRST))
        }
    }

    #[must_use]
    pub fn with_limit(&self, limit: u32) -> Self {
        Self {
            limit: Some(limit),
            ..self.at(Position::Page(PageNumber::FIRST))
        }
    }

    /// The same with one more value of a parameter, from its first page on; without effect for an unknown value.
    #[must_use]
    pub fn with(&self, field: Field, value: &str) -> Self {
        let mut list = self.at(Position::Page(PageNumber::FIRST));
        if let Some((field, kind)) = self.field(field.name()) {
            list.add(field, kind, value);
        }
        list
    }

    /// The same without a parameter, from its first page on.
    #[must_use]
    pub fn without(&self, field: Field) -> Self {
        let mut list = self.at(Position::Page(PageNumber::FIRST));
        list.filters.retain(|filter| filter.field != field);
        list.unknown.retain(|(name, _)| *name != field.name());
        list
    }

    /// The same without the unknown values of a parameter that is no filter, from its first page on.
    #[must_use]
    pub fn without_unknown(&self, parameter: &str) -> Self {
        let mut list = self.at(Position::Page(PageNumber::FIRST));
        list.unknown.retain(|(name, _)| *name != parameter);
        list
    }

    /// The same without one value of a parameter, from its first page on.
    #[must_use]
    pub fn without_value(&self, field: Field, text: &str) -> Self {
        let mut list = self.at(Position::Page(PageNumber::FIRST));
        for filter in list
            .filters
            .iter_mut()
            .filter(|filter| filter.field == field)
        {
            filter.values.retain(|value| value.text != text);
        }
        list.filters.retain(|filter| !filter.values.is_empty());
        list.unknown
            .retain(|(name, value)| *name != field.name() || value != text);
        list
    }

    /// The canonical query string: parameters in one order, defaults omitted.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for filter in &self.filters {
            for value in &filter.values {
                query.append_pair(filter.field.name(), &value.text);
            }
        }
        for (name, value) in &self.unknown {
            query.append_pair(name, value);
        }
        if self.is_sorted() {
            query.append_pair("sort", &self.sort.to_string());
        }
        if let Some(limit) = self.limit {
            query.append_pair("limit", &limit.to_string());
        }
        match self.position {
            Position::Page(PageNumber::FIRST) => &mut query,
            Position::Page(page) => query.append_pair("page", &page.get().to_string()),
            Position::Before(place) => query.append_pair("before", &place.to_string()),
            Position::After(place) => query.append_pair("after", &place.to_string()),
        };
        query.finish()
    }
}

fn usual_sort(definition: &ListDefinition) -> Sort {
    Sort {
        column: definition.sorts[0],
        descending: true,
    }
}

fn cut(text: &str) -> &str {
    let text = text.trim();
    let end = text.char_indices().nth(MAX_TEXT);
    end.map_or(text, |(end, _)| text[..end].trim_end())
}

#[cfg(test)]
mod tests;
