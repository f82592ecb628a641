//! What a file says of itself.

use std::{
    collections::HashMap,
    io::{Cursor, Read as _},
};

use axum::http::Method;

use super::{csv_of, lines};
use crate::support::Portal;

/// The parts of a zip file by their names.
fn parts(file: Vec<u8>) -> HashMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).expect("is a zip file");
    let mut parts = HashMap::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("is there");
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("is whole");
        parts.insert(part.name().expect("a name").into_owned(), content);
    }
    parts
}

/// The cells of a sheet, in reading order.
fn cells(xml: &str) -> Vec<&str> {
    let cells = xml.split("preserve\">").skip(1);
    cells
        .filter_map(|cell| Some(cell.split_once("</t>")?.0))
        .collect()
}

/// The value beside a label on the first sheet of a workbook.
fn fact(file: Vec<u8>, label: &str) -> Option<String> {
    let parts = parts(file);
    let text = |name: &str| String::from_utf8(parts[name].clone()).expect("is text");
    let workbook = text("xl/workbook.xml");
    let (_, first) = workbook.split_once("r:id=\"rId").expect("has a sheet");
    let (number, _) = first.split_once('"').expect("a number");
    let sheet = text(&format!("xl/worksheets/sheet{number}.xml"));
    let cells = cells(&sheet);
    let place = cells.iter().position(|cell| *cell == label)?;
    Some(cells[place + 1].to_owned())
}

#[tokio::test]
async fn first_sheet_describes_every_list() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    for (list, title) in [
        ("vms", "Servers"),
        ("tickets", "Response tickets"),
        ("events", "Detected events"),
        ("history", "Monitoring history"),
        ("requests", "Change requests"),
        ("audit", "Audit log"),
    ] {
        let rows = csv_of(&mut manager, &format!("/t/acme/{list}.csv"))
            .await
            .len()
            - 1;
        let address = format!("/t/acme/{list}.xlsx");
        let file = manager.download(&address).await.expect("comes");
        let fact = |label: &str| fact(file.clone(), label).unwrap_or_default();
        assert_eq!(fact("List"), title);
        assert!(fact("Team").contains("(acme), Korea"), "{}", fact("Team"));
        assert_eq!(fact("Created"), "2025-06-11 12:00:00 KST");
        assert!(fact("Created by").ends_with("(manager)"));
        assert!(fact("Time zone").starts_with("KST (UTC+9"));
        assert_eq!(fact("Completeness"), "Complete");
        if list != "audit" {
            assert_eq!(fact("Rows").replace(',', ""), rows.to_string(), "{list}");
        }
    }
    let mut admin = portal.sign_in("site-admin").await;
    let file = admin.download("/admin/audit.xlsx").await.expect("comes");
    assert_eq!(fact(file, "Team").as_deref(), Some("All teams"));
}

#[tokio::test]
async fn description_names_filters_order_and_period() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    let servers = manager.download("/t/acme/vms.xlsx?q=db&sort=-name").await;
    let servers = servers.expect("comes");
    assert_eq!(fact(servers.clone(), "Search").as_deref(), Some("db"));
    assert_eq!(fact(servers.clone(), "Order").as_deref(), Some("-name"));
    assert_eq!(fact(servers, "Filters"), None);
    let log = manager
        .download("/t/acme/audit.xlsx?from=2025-06-01&actor=admin")
        .await;
    let log = log.expect("comes");
    assert_eq!(fact(log.clone(), "Actor").as_deref(), Some("admin"));
    let period = fact(log, "Period");
    assert_eq!(period.as_deref(), Some("2025-06-01T00:00 – …"));
    let all = manager
        .download("/t/acme/requests.xlsx")
        .await
        .expect("comes");
    assert_eq!(fact(all.clone(), "Period").as_deref(), Some("All"));
    assert_eq!(fact(all, "Filters").as_deref(), Some("None"));
}

#[tokio::test]
async fn csv_comes_with_its_description_when_asked() {
    let portal = Portal::start().await;
    let viewer = portal.sign_in("viewer").await;
    let mut viewer = viewer.with_header("accept-language", "ko");
    let head = viewer
        .send(Method::HEAD, "/t/acme/tickets.csv?about=1", None)
        .await;
    assert_eq!(head.header("content-type"), Some("application/zip"));
    let name = head.header("content-disposition").expect("is a file");
    assert!(name.ends_with("-1200.zip\""), "{name}");
    let file = viewer.download("/t/acme/tickets.csv?about=1").await;
    let parts = parts(file.expect("comes"));
    let csv = &parts["secmon-acme-tickets-20250611-1200.csv"];
    assert_eq!(lines(csv), csv_of(&mut viewer, "/t/acme/tickets.csv").await);
    let about = String::from_utf8(parts["about.txt"].clone()).expect("is text");
    let rows = lines(csv).len() - 1;
    assert!(about.starts_with("\u{feff}목록: 대응 티켓\r\n"), "{about}");
    assert!(about.contains(&format!("\r\n행 수: {rows}\r\n")), "{about}");
    assert!(about.contains("\r\n데이터 범위: 전체\r\n"), "{about}");
}
