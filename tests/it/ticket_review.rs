//! One archived ticket: its facts, its neighbors, and the review of it.

use secmon_portal::simulator::{Endpoint, Fault};

use crate::support::{ACME, Page, Portal, TestClient};

async fn archived() -> (Portal, String) {
    let portal = Portal::start_with(|config| config.api.events = 20).await;
    portal.fill_archive().await;
    let ticket = portal.simulator.ticket_ids(ACME).remove(3);
    (portal, format!("/t/acme/tickets/{ticket}"))
}

async fn audit(portal: &Portal) -> Vec<String> {
    let page = portal.sign_in("manager").await.get("/t/acme/audit").await;
    page.texts("td.action").split_off(1)
}

/// Sends the form of a note and gives the answer.
async fn edit(client: &mut TestClient, page: &Page, text: &str) -> Page {
    let form = page.form(".note form").fill("text", text);
    client.submit(&form).await
}

#[tokio::test]
async fn archived_ticket_shows_facts_and_asks_nobody_within_a_minute() {
    let (portal, address) = archived().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.calls();
    let page = viewer.get(&address).await;
    assert_eq!(page.status, 200);
    assert!(portal.calls().is_empty());
    assert_eq!(
        page.attributes("[data-fact]", "data-fact"),
        [
            "detected",
            "status",
            "verdict",
            "type",
            "attack",
            "source",
            "destination"
        ]
    );
    for fact in ["source", "destination"] {
        let value = page.texts(&format!("[data-fact={fact}]")).remove(0);
        let link = page.link(&format!("[data-fact={fact}] a"));
        assert_eq!(link, format!("/t/acme/addresses/{value}"));
    }
    assert!(!page.has("form[action*=review]"));
}

#[tokio::test]
async fn old_ticket_is_asked_for_once_and_shown_when_the_source_fails() {
    let (portal, address) = archived().await;
    let mut viewer = portal.sign_in("viewer").await;
    portal.clock.advance(chrono::TimeDelta::minutes(2));
    portal.calls();
    let shown = viewer.get(&address).await.texts("[data-part]");
    assert_eq!(portal.calls(), [Endpoint::Ticket]);
    portal.clock.advance(chrono::TimeDelta::minutes(2));
    portal
        .simulator
        .set_fault(None, Fault::BadGateway.on_reads());
    let page = viewer.get(&address).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.texts("[data-part]"), shown);
    assert!(page.has("[role=alert]"));
    let list = viewer.get("/t/acme/tickets").await;
    assert_eq!((list.status, list.has("[role=alert]")), (200, true));
    assert_eq!(list.ids("table").len(), 34);
}

#[tokio::test]
async fn ticket_leads_to_its_neighbors_in_the_list() {
    let (portal, _) = archived().await;
    let mut viewer = portal.sign_in("viewer").await;
    let list = viewer
        .get("/t/acme/tickets?verdict=true-positive&sort=name")
        .await;
    let rows = list.attributes("tbody th a", "href");
    let mut page = viewer.get(&rows[0]).await;
    assert!(!page.has("a[rel=prev]"));
    assert_eq!(page.link("a.back"), list.address);
    for row in &rows[1..] {
        assert_eq!(&page.link("a[rel=next]"), row);
        page = viewer.get(row).await;
    }
    assert!(!page.has("a[rel=next]"));
    assert_eq!(page.link("a[rel=prev]"), rows[rows.len() - 2]);
}

#[tokio::test]
async fn manager_reviews_and_assigns_a_ticket() {
    let (portal, address) = archived().await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get(&format!("{address}?status=done")).await;
    let page = manager
        .submit_and_follow(&page.form("form[action*='/review']"))
        .await;
    assert_eq!(page.text_of("[role=status]"), "Marked as reviewed.");
    assert!(page.address.contains("status=done"));
    let form = page
        .form("form[action*='/assign']")
        .fill("assignee", "operator");
    let page = manager.submit_and_follow(&form).await;
    assert!(page.text_of(".ticket-review .facts").contains("operator"));
    let list = manager
        .get("/t/acme/tickets?reviewed=yes&assignee=operator")
        .await;
    assert_eq!(
        list.ids("table"),
        [address.rsplit('/').next().expect("an id")]
    );
    assert_eq!(list.texts(".views .count"), ["34", "33", "0"]);
    let stranger = manager
        .post(&format!("{address}/assign"), &[("assignee", "stranger")])
        .await;
    assert_eq!(stranger.status, 422);
    assert!(stranger.has("[role=alert]"));
    let told = audit(&portal).await;
    assert_eq!(told[..2], ["Ticket assigned", "Ticket marked reviewed"]);
    for path in ["review", "assign", "notes"] {
        let mut viewer = portal.sign_in("viewer").await;
        let refused = viewer
            .post(&format!("{address}/{path}"), &[("reviewed", "yes")])
            .await;
        assert_eq!(refused.status, 403);
    }
}

#[tokio::test]
async fn manager_reviews_a_selection_of_tickets() {
    let (portal, _) = archived().await;
    let mut manager = portal.sign_in("manager").await;
    let ids = portal.simulator.ticket_ids(ACME);
    let chosen = [("id", &*ids[0]), ("id", &*ids[1]), ("id", "no-such-ticket")];
    let answer = manager.post("/t/acme/tickets/review", &chosen).await;
    assert_eq!(answer.status, 303);
    let list = manager.get("/t/acme/tickets?reviewed=yes").await;
    assert_eq!(list.ids("table"), ids[..2]);
    let other = portal
        .sign_in("stranger")
        .await
        .get("/t/other/tickets?reviewed=yes")
        .await;
    assert!(other.ids("table").is_empty());
}

#[tokio::test]
async fn second_of_two_simultaneous_edits_is_told_and_keeps_its_text() {
    let (portal, address) = archived().await;
    let mut one = portal.sign_in("manager").await;
    let mut other = portal.sign_in("operator").await;
    let notes = format!("{address}/notes");
    let answer = one.post(&notes, &[("text", "처음 <b>메모</b>")]).await;
    assert_eq!(answer.status, 303);
    let (first, second) = (one.get(&address).await, other.get(&address).await);
    assert_eq!(
        first.texts("[data-note] > .note-text"),
        ["처음 <b>메모</b>"]
    );
    assert_eq!(edit(&mut one, &first, "고친 메모").await.status, 303);
    let answer = edit(&mut other, &second, "다른 메모").await;
    assert_eq!(answer.status, 409);
    assert!(
        answer
            .text_of("[role=alert]")
            .contains("Somebody else edited")
    );
    assert_eq!(answer.texts("[data-note] > .note-text"), ["고친 메모"]);
    assert_eq!(answer.texts(".note form textarea"), ["다른 메모"]);
    assert_eq!(edit(&mut other, &answer, "다른 메모").await.status, 303);
    let page = one.get(&address).await;
    assert_eq!(page.texts("[data-note] > .note-text"), ["다른 메모"]);
    assert_eq!(
        page.texts("[data-note] details .note-text"),
        ["고친 메모", "처음 <b>메모</b>"]
    );
    let told = audit(&portal).await;
    assert_eq!(told[..3], ["Note edited", "Note edited", "Note added"]);
    assert_eq!(one.post(&notes, &[("text", "  ")]).await.status, 422);
}

#[tokio::test]
async fn ticket_file_needs_nothing_from_elsewhere() {
    let (portal, address) = archived().await;
    let mut viewer = portal.sign_in("viewer").await;
    let file = viewer.get(&format!("{address}/download")).await;
    let text = String::from_utf8_lossy(&file.body).into_owned();
    assert!(text.contains("class=\"analysis\""));
    for part in ["<script", "<link", "url(http", "@import"] {
        assert!(!text.contains(part), "{part}");
    }
}
