//! A page's outline: its headings, links, fields, buttons and tables, without its markup.

use scraper::ElementRef;

use super::page::{Page, parse, words};

/// The content of the page's `main`, one element per line.
pub fn outline(page: &Page) -> String {
    let html = page.html();
    let main = html.select(&parse("main")).next();
    let main = main.unwrap_or_else(|| panic!("no main in {}", page.text));
    let mut lines = Vec::new();
    below(main, &mut lines);
    steady(&lines.join("\n"))
}

fn below(element: ElementRef<'_>, lines: &mut Vec<String>) {
    for child in element.children() {
        if let Some(element) = ElementRef::wrap(child) {
            line(element, lines);
        } else if let Some(text) = child.value().as_text() {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if !text.is_empty() {
                lines.push(text);
            }
        }
    }
}

fn line(element: ElementRef<'_>, lines: &mut Vec<String>) {
    let attribute = |name| element.attr(name).unwrap_or_default();
    match element.value().name() {
        _ if element.attr("hidden").is_some() || attribute("class") == "preferences" => {}
        "h1" => lines.push(format!("# {}", words(element))),
        "h2" => lines.push(format!("## {}", words(element))),
        "a" => lines.push(format!("[{}]({})", words(element), attribute("href"))),
        "button" => lines.push(format!("({})", words(element))),
        "input" if attribute("type") == "hidden" => {}
        "input" => {
            let (name, kind) = (attribute("name"), attribute("type"));
            let kind = if kind.is_empty() { "text" } else { kind };
            lines.push(
                format!("_{name}: {kind}_ {}", attribute("value"))
                    .trim_end()
                    .to_owned(),
            );
        }
        "select" => {
            let options: Vec<_> = element.select(&parse("option")).map(words).collect();
            lines.push(format!("_{}_ {}", attribute("name"), options.join(" | ")));
        }
        "tr" => {
            let cells: Vec<_> = element.select(&parse("th, td")).map(words).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
        }
        "p" | "dt" | "dd" | "label" | "li" if !has_parts(element) => lines.push(words(element)),
        _ => {
            if let Some(role @ ("alert" | "status")) = element.attr("role") {
                lines.push(format!("{role}:"));
            }
            below(element, lines);
        }
    }
}

fn has_parts(element: ElementRef<'_>) -> bool {
    element.select(&parse("a, button, input")).next().is_some()
}

/// Ids that differ from one test run to the next become `…`.
fn steady(text: &str) -> String {
    let hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut steady = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(hex) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !hex(c)).unwrap_or(from.len());
        let id = &from[..end];
        steady.push_str(before);
        steady.push_str(if id.len() >= 32 { "…" } else { id });
        rest = &from[end..];
    }
    steady + rest
}
