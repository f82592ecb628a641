//! A ticket for elsewhere: its summary as text and as Markdown, its source, and a file of its analysis.

use std::fmt::Write as _;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use serde::Deserialize;

use crate::{
    archive::Refresh,
    model::{ApiTimestamp, TicketDetail, TicketId},
    sanitizer::SafeTicket,
    store::{Action, ArchivedTicket, Outcome},
    web::{AppState, Authorized, Error, Layout, LenientQuery, Result, access::ReadTeam},
};

use super::show::Reading;

/// Characters of the summary that a message holds.
const MAX_SUMMARY: usize = 1_000;

/// The ticket as text and as Markdown, for a chat or a mail.
pub(super) fn copies(
    layout: &Layout,
    row: Option<&ArchivedTicket>,
    parts: Option<&SafeTicket>,
    link: &str,
) -> [String; 2] {
    let listed = row.and_then(|row| row.ticket.name.clone());
    let read = parts.map(|parts| parts.name.plain_text());
    let name = read.filter(|name| !name.is_empty()).or(listed);
    let name = name.unwrap_or_else(|| layout.t("ticket-without-name").to_owned());
    let facts = row.map(|row| facts(layout, row)).unwrap_or_default();
    let summary = parts.map(|parts| parts.summary.plain_text());
    let summary: String = summary
        .unwrap_or_default()
        .chars()
        .take(MAX_SUMMARY)
        .collect();
    let mut text = format!("{name}\n");
    let mut markdown = format!("**[{}]({link})**\n\n", escape_markdown(&name));
    for (title, value) in &facts {
        let _ = writeln!(text, "{title}: {value}");
        let _ = writeln!(markdown, "- {title}: {}", escape_markdown(value));
    }
    if !summary.is_empty() {
        let _ = writeln!(text, "\n{summary}");
        for line in summary.lines() {
            let _ = write!(markdown, "\n> {}", escape_markdown(line));
        }
        markdown.push('\n');
    }
    let _ = writeln!(text, "\n{link}");
    [text, markdown]
}

fn facts(layout: &Layout, row: &ArchivedTicket) -> Vec<(&'static str, String)> {
    let ticket = &row.ticket;
    let term = |term: &Option<crate::model::VendorTerm>| {
        term.as_ref().map(|term| layout.word(term).to_owned())
    };
    let detected = ticket.detected.as_ref().map(|at| match at {
        ApiTimestamp::At(at) => at.to_string(),
        ApiTimestamp::AsWritten(text) => text.clone(),
    });
    let servers = Some(row.servers.join(", ")).filter(|names| !names.is_empty());
    let all = [
        ("ticket-detected", detected),
        ("ticket-status", term(&ticket.status)),
        ("ticket-verdict", term(&ticket.verdict)),
        ("ticket-kind", term(&ticket.kind)),
        ("ticket-attack", ticket.attack.clone()),
        ("source-ip", ticket.source_ip.clone()),
        ("destination-ip", ticket.destination_ip.clone()),
        ("ticket-servers", servers),
    ];
    let known = all.into_iter();
    known
        .filter_map(|(title, value)| Some((layout.t(title), value?)))
        .collect()
}

fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~'
        ) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[derive(Debug, Default, Deserialize)]
pub struct RawQuery {
    part: String,
}

impl RawQuery {
    fn source(&self, ticket: TicketDetail) -> Option<String> {
        match self.part.as_str() {
            "name" => ticket.name,
            "description" => ticket.description,
            "summary" => ticket.summary,
            "analysis" => ticket.analysis,
            "deep-analysis" => ticket.deep_analysis,
            _ => None,
        }
    }
}

/// The source of a part as a text file, for parts that the page truncates.
pub async fn raw(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
    LenientQuery(query): LenientQuery<RawQuery>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let reading = Reading::load(&who, &state, &id, Refresh::IfOld).await?;
    let source = query.source(reading.raw).ok_or(Error::NotFound)?;
    let name = format!("ticket-{id}-{}.txt", query.part);
    send(&who, &state, &name, "text/plain; charset=utf-8", source).await
}

/// All parts as an HTML file that needs nothing else.
pub async fn download(
    who: Authorized<ReadTeam>,
    State(state): State<AppState>,
    Path((_, id)): Path<(String, String)>,
) -> Result {
    let id: TicketId = id.parse().map_err(|_| Error::NotFound)?;
    let reading = Reading::load(&who, &state, &id, Refresh::IfOld).await?;
    let parts = reading.parts.ok_or(Error::NotFound)?;
    let row = state.store.archived_ticket(&who.team().id, &id).await?;
    let layout = who.layout();
    let facts = row.map(|row| facts(&layout, &row)).unwrap_or_default();
    let page = standalone(&layout, &id, &facts, &parts);
    let name = format!("ticket-{id}.html");
    send(&who, &state, &name, "text/html; charset=utf-8", page).await
}

/// Sends a file of the team, and records that it was asked for.
async fn send(
    who: &Authorized<ReadTeam>,
    state: &AppState,
    name: &str,
    media_type: &'static str,
    body: String,
) -> Result {
    let team = who.team();
    let record = who.record().on_team(&team.id, &who.layout().address);
    state
        .store
        .audit(&record, Action::Exported, Outcome::Done)
        .await?;
    let disposition = format!("attachment; filename=\"secmon-{}-{name}\"", team.slug);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition).map_err(Error::internal)?,
        ),
    ];
    Ok((headers, body).into_response())
}

const THEME: &str = include_str!("../../../static/css/theme.css");
const ANALYSIS: &str = include_str!("../../../static/css/analysis.css");

/// No script, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// A page that is not served by the portal: its style stands in it.
fn standalone(
    layout: &Layout,
    id: &TicketId,
    facts: &[(&'static str, String)],
    parts: &SafeTicket,
) -> String {
    let mut page = String::with_capacity(32 * 1024);
    let style = THEME.lines().filter(|line| !line.starts_with("@import"));
    let style: Vec<_> = style.chain(ANALYSIS.lines()).collect();
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"ko\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{} {id}</title>\n<style>\n{}\nbody {{ max-width: 70rem; margin: 2rem auto; padding: 0 1rem; \
         font: .9375rem/1.6 var(--font); }}\n</style>\n</head>\n<body>\n<h1>{}</h1>\n<dl>\n",
        layout.t("ticket"),
        style.join("\n"),
        parts.name,
    );
    let id = [(layout.t("ticket-id"), id.to_string())];
    for (title, value) in id.iter().chain(facts) {
        let _ = writeln!(page, "<dt>{title}</dt><dd>{}</dd>", escape_html(value));
    }
    page.push_str("</dl>\n");
    for (title, part) in [
        ("ticket-description", &parts.description),
        ("ticket-summary", &parts.summary),
        ("ticket-analysis", &parts.analysis),
        ("ticket-deep-analysis", &parts.deep_analysis),
    ] {
        let title = layout.t(title);
        let _ = writeln!(
            page,
            "<h2>{title}</h2>\n<div class=\"analysis\">{part}</div>"
        );
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
