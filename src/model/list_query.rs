//! What an address asks of a list: filters, order, size and place of a page.
//!
//! It is the same for HTML, CSV, XLSX and JSON. Every link of a list is written from it, so that what an address says is
//! kept, and what it does not know is dropped.

use url::form_urlencoded;

use super::{AddressRange, Field, KstDateTime, ListDefinition, PageNumber, SearchTerms, ValueKind};

/// Of one value, in characters.
const MAX_TEXT: usize = 200;
/// Of one parameter; more only cost time.
const MAX_VALUES: usize = 50;

/// A parameter of an address with what it means for a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub field: Field,
    /// At least one: a row has to match one of them.
    pub values: Vec<FilterValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterValue {
    /// As links write it.
    pub text: String,
    pub operand: Operand,
}

/// What the rows are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// The text itself.
    Text,
    Terms(SearchTerms),
    Time(KstDateTime),
    Address(AddressRange),
    Port(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub column: &'static str,
    pub descending: bool,
}

/// Where a page begins. A cursor is the key of a row: the page holds the rows nearest to it that sort below it by
/// ascending order (`Before`), or above it (`After`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    Page(PageNumber),
    Before(i64),
    After(i64),
}

/// Which sizes of pages can be asked for.
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

    /// Reads the query of an address, without its question mark. An empty value counts as not given.
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

    /// Events have been asked for with `start` and `end` before there was one name for all lists.
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

    /// What a search field shows.
    #[must_use]
    pub fn searched_text(&self) -> &str {
        let searches = self.values(Field::Search);
        searches.first().map_or("", |value| &value.text)
    }

    /// What to mark in texts.
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

    /// The query of an address that asks for the same: parameters in one order, nothing that goes without saying.
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
        if self.sort != usual_sort(self.definition) {
            let sign = if self.sort.descending { "-" } else { "" };
            query.append_pair("sort", &format!("{sign}{}", self.sort.column));
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

impl FilterValue {
    fn parse(kind: ValueKind, text: &str) -> Option<Self> {
        let (text, operand) = match kind {
            ValueKind::Code(codes) => (
                codes.contains(&text).then(|| text.to_owned())?,
                Operand::Text,
            ),
            ValueKind::Terms => (text.to_owned(), Operand::Terms(SearchTerms::parse(text))),
            // PostgreSQL holds no NUL, so nothing equals it.
            ValueKind::Text => (
                (!text.contains('\0')).then(|| text.to_owned())?,
                Operand::Text,
            ),
            ValueKind::Start => {
                let day = KstDateTime::parse_input(&format!("{text}T00:00:00"));
                let at = day.or_else(|_| KstDateTime::parse_input(text)).ok()?;
                (text.to_owned(), Operand::Time(at))
            }
            ValueKind::End => {
                let day = KstDateTime::parse_input(&format!("{text}T23:59:59"));
                let at = day.or_else(|_| KstDateTime::parse_end_input(text)).ok()?;
                (text.to_owned(), Operand::Time(at))
            }
            ValueKind::Address => {
                let range = AddressRange::parse(text).ok()?;
                (range.text().to_owned(), Operand::Address(range))
            }
            ValueKind::Port => {
                let port: u16 = text.parse().ok()?;
                (port.to_string(), Operand::Port(port))
            }
            ValueKind::Country => {
                let is_code = text.len() == 2 && text.bytes().all(|c| c.is_ascii_alphabetic());
                (is_code.then(|| text.to_ascii_uppercase())?, Operand::Text)
            }
        };
        Some(Self { text, operand })
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
mod tests {
    use proptest::prelude::*;

    use super::super::{EVENTS, HISTORY, TICKETS};
    use super::*;

    fn tickets(query: &str) -> ListQuery {
        ListQuery::parse(&TICKETS, query, Limits::Page)
    }

    #[test]
    fn address_is_written_in_one_form() {
        for (query, canonical) in [
            ("", ""),
            ("status=&q=++&x=1&limit=", ""),
            (
                "status=done&q=웹&status=waiting&status=done",
                "q=%EC%9B%B9&status=done&status=waiting",
            ),
            (
                "address=10.1.2.3/8&source=::ffff:10.0.0.1",
                "source=10.0.0.1&address=10.0.0.0%2F8",
            ),
            (
                "from=2021-07-01&to=2021-07-01T10:00",
                "from=2021-07-01&to=2021-07-01T10%3A00",
            ),
            ("sort=-detected&page=1", ""),
            ("sort=detected_at&page=3", "sort=detected&page=3"),
            (
                "sort=-source_ip&limit=50&before=17",
                "sort=-source&limit=50&before=17",
            ),
            (
                "status=bogus&sort=x&limit=7&after=x",
                "status=bogus&sort=x&limit=7&after=x",
            ),
        ] {
            let list = tickets(query);
            assert_eq!(list.to_query(), canonical, "{query}");
            assert_eq!(tickets(&list.to_query()), list, "{query}");
        }
        let events = |query| ListQuery::parse(&EVENTS, query, Limits::Api).to_query();
        assert_eq!(
            events("start=2021-07-01T10:00&end=2021-07-02"),
            "from=2021-07-01T10%3A00&to=2021-07-02"
        );
        assert_eq!(
            events("country=kr&port=0443&limit=999&status=done"),
            "country=KR&port=443&limit=999"
        );
    }

    #[test]
    fn unknown_values_of_known_parameters_are_named() {
        let list = tickets(
            "status=bogus&type=new&from=2021-13-01&address=web&limit=1000&sort=port&after=x&nonsense=1",
        );
        let named: Vec<_> = list.unknown().iter().map(|(name, _)| *name).collect();
        assert_eq!(
            named,
            [
                "status", "type", "from", "address", "limit", "sort", "after"
            ]
        );
        assert!(list.is_filtered() && list.filters().is_empty());
        assert_eq!(list.without(Field::Status).unknown().len(), 6);
        let events = ListQuery::parse(
            &EVENTS,
            "country=KOR&port=65536&severity=Low&limit=1001",
            Limits::Api,
        );
        assert_eq!(events.unknown().len(), 4);
        assert!(
            ListQuery::parse(&HISTORY, "type=new&page=x", Limits::Page)
                .unknown()
                .is_empty()
        );
    }

    #[test]
    fn day_means_all_of_it() {
        let list = tickets("from=2021-07-01&to=2021-07-01&to=2021-07-01T10:00");
        let times = |field| -> Vec<String> {
            let times = list.values(field).iter().map(|value| match value.operand {
                Operand::Time(at) => at.to_api(),
                _ => String::new(),
            });
            times.collect()
        };
        assert_eq!(times(Field::From), ["2021-07-01T00:00:00"]);
        assert_eq!(
            times(Field::To),
            ["2021-07-01T23:59:59", "2021-07-01T10:00:59"]
        );
    }

    #[test]
    fn links_change_one_thing_and_begin_at_the_first_page() {
        let list = tickets("status=done&q=a&page=4&sort=name");
        assert_eq!(
            list.with(Field::Status, "waiting").to_query(),
            "q=a&status=done&status=waiting&sort=name"
        );
        assert_eq!(
            list.with(Field::Status, "bogus").to_query(),
            "q=a&status=done&sort=name"
        );
        assert_eq!(
            list.without_value(Field::Status, "done").to_query(),
            "q=a&sort=name"
        );
        assert_eq!(
            list.without(Field::Search).to_query(),
            "status=done&sort=name"
        );
        assert_eq!(
            list.sorted_by("status", true).to_query(),
            "q=a&status=done&sort=-status"
        );
        assert_eq!(
            list.at(Position::After(5)).to_query(),
            "q=a&status=done&sort=name&after=5"
        );
        assert!(list.has(Field::Status, "done") && !list.has(Field::Status, "waiting"));
        assert_eq!(list.searched_text(), "a");
    }

    proptest! {
        #[test]
        fn canonical_address_asks_for_the_same(
            pairs in prop::collection::vec(("q|from|to|status|address|sort|limit|page|before|attack|x", any::<String>()), 0..8),
        ) {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&pairs);
            let list = tickets(&query.finish());
            prop_assert_eq!(tickets(&list.to_query()), list);
        }
    }
}
