//! The audit log as a file.

use axum::response::Response;

use crate::{
    model::TeamId,
    pages::outcome,
    store::AuditEntry,
    web::{
        Page, Portal, Result,
        table_file::{Format, Rows, TableFile},
    },
};

use super::{AuditQuery, told};

const HEAD: [&str; 13] = [
    "audit-at",
    "audit-actor",
    "audit-action",
    "audit-object",
    "audit-outcome",
    "stated-reason",
    "export-item",
    "outcome-asked",
    "export-happened",
    "outcome-next",
    "audit-address",
    "audit-session",
    "audit-request",
];

pub(super) async fn send(
    portal: Portal,
    team: Option<TeamId>,
    page: Page,
    query: &AuditQuery,
    format: Format,
    name: String,
) -> Result<Response> {
    let file = TableFile {
        format,
        name,
        head: HEAD.map(|it| page.say(it)).to_vec(),
    };
    // A filter that cannot be read lets nothing through.
    let filter = query.filter();
    let begin = filter.ok().map(|filter| (filter, None::<AuditEntry>));
    let rows = futures_util::stream::unfold(begin, move |state| {
        let (portal, team, page) = (portal.clone(), team.clone(), page.clone());
        async move {
            let (filter, before) = state?;
            let read = portal
                .store
                .audit_before(team.as_ref(), &filter, before.as_ref());
            let mut entries = match read.await {
                Ok(entries) if entries.is_empty() => return None,
                Ok(entries) => entries,
                Err(error) => return Some((Err(error.into()), None)),
            };
            told(&mut entries, portal.clock.korean());
            let rows: Rows = entries.iter().flat_map(|it| lines(&page, it)).collect();
            let last = entries.pop();
            Some((Ok(rows), Some((filter, last))))
        }
    });
    file.send(rows).await
}

/// A line for each item that was asked for, as in the page's table; one for everything else.
fn lines(page: &Page, entry: &AuditEntry) -> Rows {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let actor = if entry.is_by_command_line() {
        page.say("audit-command-line")
    } else if entry.is_by_portal() {
        page.say("audit-by-portal")
    } else if entry.is_by_single_sign_on() {
        page.say("single-sign-on")
    } else {
        entry.actor.clone()
    };
    let asked = entry.control.as_ref().filter(|_| entry.is_asking());
    let line = |object: String, reason: String, item: [String; 4]| {
        let action = page.say(format!("audit-{}", entry.action.code()));
        let outcome = page.say(format!("audit-outcome-{}", entry.outcome.code()));
        let mut line = vec![
            entry.at.to_string(),
            actor.clone(),
            action,
            object,
            outcome,
            reason,
        ];
        line.extend(item);
        line.extend([
            text(&entry.address),
            text(&entry.session),
            text(&entry.request_id),
        ]);
        line
    };
    match (asked, &entry.control) {
        (Some(request), _) => {
            let of_item = |item| {
                let reason = text(&request.stated_reason);
                let cells = outcome::cells(page, request, item);
                line(item.name.clone(), reason, cells)
            };
            request.items.iter().map(of_item).collect()
        }
        (None, Some(request)) => {
            let names = outcome::names(request);
            let happened = outcome::ended(page, request, &entry.object);
            let owner = page.say_with("change-by", [("user", request.user_name.as_str())]);
            let cells = [names.clone(), owner, happened, String::new()];
            vec![line(names, text(&request.stated_reason), cells)]
        }
        (None, None) => vec![line(
            entry.object.clone(),
            String::new(),
            Default::default(),
        )],
    }
}
