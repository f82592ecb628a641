//! The outcome of a change request: counts, items in display order, and plain text.

use std::fmt::Write as _;

use crate::model::{ChangeRequest, ItemState, RequestItem};

use super::Layout;

/// The number of items in each state, in the order of a request's life.
#[must_use]
pub fn states(request: &ChangeRequest) -> Vec<(ItemState, usize)> {
    let count = |state: &ItemState| {
        request
            .items
            .iter()
            .filter(|item| item.state == *state)
            .count()
    };
    let states = ItemState::ALL.iter().map(|state| (*state, count(state)));
    states.filter(|(_, count)| *count > 0).collect()
}

/// The items, those that need attention first.
#[must_use]
pub fn in_order(request: &ChangeRequest) -> Vec<&RequestItem> {
    let mut items: Vec<_> = request.items.iter().collect();
    items.sort_by_key(|item| is_well(item));
    items
}

/// Whether the item needs no attention: done or on its way.
#[must_use]
pub fn is_well(item: &RequestItem) -> bool {
    use ItemState::{Accepted, Done, Planned, Sending, Waiting};
    matches!(item.state, Planned | Sending | Accepted | Waiting | Done)
}

/// The outcome table as tab-separated lines, for spreadsheets and mails.
#[must_use]
pub fn text(layout: &Layout, request: &ChangeRequest) -> String {
    let asked = layout.t(format!("asked-{}", request.action.code()));
    let mut text = format!("{asked} · {} · {}\n", request.user_name, request.asked);
    if let Some(reason) = &request.stated_reason {
        let reason = layout.t_with("outcome-reason", [("reason", reason.as_str())]);
        let _ = writeln!(text, "{}", one_line(&reason));
    }
    let states = states(request).into_iter().map(|(state, count)| {
        let state = layout.t(format!("short-{}-{}", request.action.code(), state.code()));
        format!("{state} {}", layout.t_with("number", [("n", count)]))
    });
    let _ = writeln!(text, "{}", states.collect::<Vec<_>>().join(" · "));
    let head = [
        "outcome-item",
        "outcome-asked",
        "outcome-happened",
        "outcome-next",
    ];
    line(&mut text, head.map(|head| layout.t(head)));
    for item in in_order(request) {
        line(&mut text, cells(layout, request, item));
    }
    text
}

/// The cells of the outcome table: item, action, outcome, next step.
#[must_use]
pub fn cells(layout: &Layout, request: &ChangeRequest, item: &RequestItem) -> [String; 4] {
    let mut name = vec![item.name.clone(), item.address.clone()];
    name.retain(|part| !part.is_empty());
    let state = format!("state-{}-{}", request.action.code(), item.state.code());
    let mut happened = vec![layout.t(state).to_owned()];
    happened.extend(
        item.reason
            .map(|reason| layout.t(format!("reason-{}", reason.code())).to_owned()),
    );
    happened.extend(item.message.clone());
    if let Some(settled) = item.settled {
        happened.push(format!("{} {settled}", layout.t("outcome-as-of")));
    }
    let todo = item
        .reason
        .map_or(item.state.code(), |reason| reason.code());
    [
        name.join(" "),
        layout
            .t(format!("asked-{}", request.action.code()))
            .to_owned(),
        happened.join(" "),
        layout.t(format!("todo-{todo}")).to_owned(),
    ]
}

/// The items' names.
#[must_use]
pub fn names(request: &ChangeRequest) -> String {
    let names = request.items.iter().map(|item| item.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

/// The outcome in the audit log, `kim: done: 2, not-done: 1`, in the reader's language.
#[must_use]
pub fn ended(layout: &Layout, request: &ChangeRequest, kept: &str) -> String {
    let owner = format!("{}: ", request.user_name);
    let kept = kept.strip_prefix(&owner).unwrap_or(kept);
    let action = request.action.code();
    let words = |part: &str| match part.split_once(": ") {
        Some((state, count)) => {
            let state = layout.t(format!("short-{action}-{state}"));
            format!("{state}: {count}")
        }
        None => part.to_owned(),
    };
    kept.split(", ").map(words).collect::<Vec<_>>().join(", ")
}

fn line(text: &mut String, cells: [impl AsRef<str>; 4]) {
    let cells = cells.map(|cell| one_line(cell.as_ref()));
    let _ = writeln!(text, "{}", cells.join("\t"));
}

fn one_line(cell: &str) -> String {
    cell.replace(char::is_control, " ")
}
