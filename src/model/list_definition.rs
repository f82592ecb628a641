//! The portal's lists as data: filter parameters and sortable columns.

/// A parameter that filters a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Search,
    From,
    To,
    Type,
    Status,
    Verdict,
    Attack,
    Severity,
    Direction,
    Country,
    Source,
    Destination,
    Address,
    Port,
    Reviewed,
    Assignee,
}

impl Field {
    /// As addresses write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "q",
            Self::From => "from",
            Self::To => "to",
            Self::Type => "type",
            Self::Status => "status",
            Self::Verdict => "verdict",
            Self::Attack => "attack",
            Self::Severity => "severity",
            Self::Direction => "direction",
            Self::Country => "country",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Address => "address",
            Self::Port => "port",
            Self::Reviewed => "reviewed",
            Self::Assignee => "assignee",
        }
    }
}

/// How a parameter's values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    /// One of these.
    Code(&'static [&'static str]),
    /// Words and phrases that are looked for.
    Terms,
    /// A text that is compared as a whole.
    Text,
    /// The start of a period: a day or a time.
    Start,
    /// The end of a period, included: a day, a minute or a second.
    End,
    Address,
    Port,
    /// Two letters.
    Country,
}

/// A list: its parameters in the order in which links write them.
#[derive(Debug, PartialEq, Eq)]
pub struct ListDefinition {
    pub fields: &'static [(Field, ValueKind)],
    /// The columns that sort; the first one, descending, is the usual order.
    pub sorts: &'static [&'static str],
}

const YES_NO: ValueKind = ValueKind::Code(&["yes", "no"]);

pub const TICKETS: ListDefinition = ListDefinition {
    fields: &[
        (Field::Search, ValueKind::Terms),
        (Field::From, ValueKind::Start),
        (Field::To, ValueKind::End),
        (Field::Type, ValueKind::Code(&["incident", "intrusion"])),
        (
            Field::Status,
            ValueKind::Code(&["waiting", "in-progress", "done"]),
        ),
        (
            Field::Verdict,
            ValueKind::Code(&["true-positive", "false-positive"]),
        ),
        (Field::Attack, ValueKind::Text),
        (Field::Source, ValueKind::Address),
        (Field::Destination, ValueKind::Address),
        (Field::Address, ValueKind::Address),
        (Field::Reviewed, YES_NO),
        (Field::Assignee, ValueKind::Text),
    ],
    sorts: &[
        "detected",
        "name",
        "status",
        "verdict",
        "type",
        "attack",
        "source",
        "destination",
        "reviewed",
        "assignee",
    ],
};

pub const EVENTS: ListDefinition = ListDefinition {
    fields: &[
        (Field::Search, ValueKind::Terms),
        (Field::From, ValueKind::Start),
        (Field::To, ValueKind::End),
        (
            Field::Severity,
            ValueKind::Code(&["info", "low", "medium", "high", "critical"]),
        ),
        (Field::Direction, ValueKind::Code(&["inbound", "outbound"])),
        (Field::Country, ValueKind::Country),
        (Field::Source, ValueKind::Address),
        (Field::Destination, ValueKind::Address),
        (Field::Address, ValueKind::Address),
        (Field::Port, ValueKind::Port),
    ],
    sorts: &[
        "detected",
        "severity",
        "name",
        "source",
        "destination",
        "port",
        "country",
        "direction",
    ],
};

pub const HISTORY: ListDefinition = ListDefinition {
    fields: &[
        (Field::Search, ValueKind::Terms),
        (Field::From, ValueKind::Start),
        (Field::To, ValueKind::End),
        (Field::Type, ValueKind::Code(&["new", "release", "change"])),
    ],
    sorts: &["at", "type", "status"],
};
