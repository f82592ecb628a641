//! The description of a file: team, filters, period, time, person, rows and completeness.

use crate::{
    archive::Freshness,
    model::{Field, KstDateTime, ListQuery, Operand},
    web::Layout,
};

/// How much of the source's list the rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Completeness {
    Whole,
    /// Every row since then; `None` when it is not known since when.
    Since(Option<KstDateTime>),
}

impl Completeness {
    /// A period that the archive covers is complete, whatever lies before it.
    fn new(query: &ListQuery, freshness: &Freshness) -> Self {
        let from = query.values(Field::From).iter();
        let from = from.filter_map(|value| match value.operand {
            Operand::Time(at) => Some(at),
            _ => None,
        });
        let is_covered = from.min().zip(freshness.complete_since);
        if freshness.is_complete || is_covered.is_some_and(|(from, since)| from >= since) {
            return Self::Whole;
        }
        Self::Since(freshness.complete_since)
    }
}

/// Labels with their values.
pub(super) type Facts = Vec<[String; 2]>;

#[derive(Debug)]
pub(super) struct About {
    /// The message key of the list's name.
    list: &'static str,
    made: KstDateTime,
    /// Parameters of the address with their values.
    filters: Vec<(&'static str, String)>,
    as_of: Option<KstDateTime>,
    completeness: Completeness,
}

impl About {
    pub(super) fn new(list: &'static str, made: KstDateTime) -> Self {
        Self {
            list,
            made,
            filters: Vec::new(),
            as_of: None,
            completeness: Completeness::Whole,
        }
    }

    pub(super) fn set_filters(&mut self, parameters: &[(&'static str, Option<&str>)]) {
        let given = parameters.iter().filter_map(|(name, value)| {
            let value = value.filter(|value| !value.is_empty() && *name != "limit")?;
            Some((*name, value.to_owned()))
        });
        self.filters = given.collect();
    }

    pub(super) fn set_archive(&mut self, query: &ListQuery, freshness: &Freshness) {
        let filters = query.filters().iter().map(|filter| {
            let values = filter.values.iter().map(|value| value.text.as_str());
            (filter.field.name(), values.collect::<Vec<_>>().join(", "))
        });
        self.filters = filters.collect();
        let unknown = query.unknown().iter();
        self.filters.extend(unknown.cloned());
        self.filters.push(("sort", query.sort().to_string()));
        self.as_of = freshness.as_of;
        self.completeness = Completeness::new(query, freshness);
    }

    pub(super) fn facts(&self, layout: &Layout, rows: u64) -> Facts {
        let mut facts = Vec::new();
        let mut add = |key: &str, value: String| facts.push([layout.t(key).to_owned(), value]);
        add("about-list", layout.t(self.list).to_owned());
        add("about-team", team(layout));
        if self.list != "vms" {
            add("about-period", self.period(layout));
        }
        let mut filters = self.filters.iter().filter(|(name, _)| !is_period(name));
        let mut is_filtered = false;
        for (name, value) in &mut filters {
            is_filtered |= *name != "sort";
            add(label(name), value.clone());
        }
        if !is_filtered {
            add("about-filters", layout.t("about-filters-none").to_owned());
        }
        add("about-zone", "KST (UTC+9, Asia/Seoul)".to_owned());
        add("about-made", self.made.to_string());
        if let Some(user) = &layout.user {
            let person = format!("{} ({})", user.display_name, user.username);
            add("about-by", person);
        }
        if let Some(as_of) = self.as_of {
            add("about-as-of", as_of.to_string());
        }
        add("about-completeness", self.completeness(layout));
        add("about-rows", layout.t_with("number", [("n", rows)]));
        facts
    }

    fn period(&self, layout: &Layout) -> String {
        let end = |names: [&str; 2]| {
            let mut filters = self.filters.iter();
            let given = filters.find(|(name, _)| names.contains(name));
            given.map(|(_, value)| value.as_str())
        };
        match (end(["from", "start"]), end(["to", "end"])) {
            (None, None) => layout.t("about-period-all").to_owned(),
            (from, to) => format!("{} – {}", from.unwrap_or("…"), to.unwrap_or("…")),
        }
    }

    fn completeness(&self, layout: &Layout) -> String {
        match self.completeness {
            Completeness::Whole => layout.t("about-complete").to_owned(),
            Completeness::Since(None) => layout.t("about-incomplete").to_owned(),
            Completeness::Since(Some(since)) => {
                layout.t_with("about-complete-since", [("since", since.to_string())])
            }
        }
    }
}

fn is_period(parameter: &str) -> bool {
    matches!(parameter, "from" | "to" | "start" | "end")
}

fn team(layout: &Layout) -> String {
    match &layout.team {
        Some(team) => {
            let region = layout.t(format!("region-{}", team.region));
            format!("{} ({}), {region}", team.name, team.slug)
        }
        None => layout.t("about-all-teams").to_owned(),
    }
}

/// The message key of a parameter's name.
fn label(parameter: &str) -> &'static str {
    match parameter {
        "q" => "filter-search",
        "sort" => "about-order",
        "type" => "filter-type",
        "status" => "ticket-status",
        "verdict" => "ticket-verdict",
        "attack" => "ticket-attack",
        "severity" => "event-severity",
        "direction" => "event-direction",
        "country" => "destination-country",
        "source" => "source-ip",
        "destination" => "destination-ip",
        "address" => "filter-address",
        "port" => "destination-port",
        "reviewed" => "ticket-reviewed",
        "assignee" => "ticket-assignee",
        "list" => "list",
        "os" => "vm-os",
        "show" => "show",
        "user" => "request-by",
        "state" => "request-state",
        "actor" => "audit-actor",
        "action" => "audit-action",
        "outcome" => "audit-outcome",
        _ => "about-filter",
    }
}

/// The description as a text file. Without the mark at its start, old editors misread Korean.
pub(super) fn text(facts: &Facts) -> String {
    let mut text = "\u{feff}".to_owned();
    for [label, value] in facts {
        text.push_str(label);
        text.push_str(": ");
        text.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
        text.push_str("\r\n");
    }
    text
}
