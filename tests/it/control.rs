//! Adding servers to monitoring and releasing them.

mod skipped;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::simulator::Fault;

use crate::support::{ACME, Form, Page, Portal, TestClient, outline};

/// The form to add with, or the one to release with, as the operator's page shows it.
pub async fn form(client: &mut TestClient, action: &str) -> Form {
    let page = client.get("/t/acme/vms").await;
    page.form(&format!("form[action='/t/acme/vms/{action}']"))
}

/// Each item's outcome on the page: its id, and the text of the row.
pub fn outcomes(page: &Page) -> Vec<(String, String)> {
    let ids = page.attributes("[role=status] tr[data-state]", "data-id");
    let told = page.texts("[role=status] tr[data-state] td:nth-child(3)");
    ids.into_iter().zip(told).collect()
}

/// The only item's outcome.
pub fn outcome(page: &Page) -> String {
    let [(_, told)] = <[_; 1]>::try_from(outcomes(page)).expect("one item");
    told
}

#[tokio::test]
async fn operator_adds_a_selection() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let (balancer, _) = portal.load_balancer(false);
    let chosen = [vms[0].clone(), balancer.clone(), vms[1].clone()];
    let form = form(&mut operator, "add").await.check(&chosen);
    portal.changes();
    let answer = operator.submit(&form).await;
    assert_eq!(answer.status, 303);
    let page = operator.follow(answer).await;
    assert_eq!(page.status, 200);
    let told: Vec<_> = outcomes(&page).into_iter().map(|(id, _)| id).collect();
    assert_eq!(told, form.values("id"));
    for (id, told) in outcomes(&page) {
        assert_eq!(
            told,
            "Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST"
        );
        assert!(page.message().contains(&portal.name(&id)));
        assert_eq!(portal.simulator.status(ACME, &id), Some("접수대기"));
    }
    // One call for all, of which the simulator has checked every field.
    assert_eq!(portal.changes().len(), 1);
    assert!(page.has(&format!("#monitored-list [data-id='{balancer}']")));
}

#[tokio::test]
async fn message_after_adding_names_each_item_and_its_outcome() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(false);
    let monitored = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "add").await.check(&[balancer]);
    let form = form.smuggle("id", &behind[0]).smuggle("id", &monitored);
    let form = form.smuggle("id", "<b>no-such-id</b>");
    let page = operator.submit_and_follow(&form).await;
    // Counts first, then items that need attention.
    assert_eq!(
        page.texts("[role=status] .outcomes .state"),
        ["waiting 1", "not done 3"]
    );
    assert_eq!(
        page.attributes("[role=status] tr", "data-state"),
        ["skipped", "skipped", "skipped", "waiting"]
    );
    let rows = page.rows("[role=status] tr");
    let rows: Vec<_> = rows.into_iter().map(|row| row.join(" | ")).collect();
    assert_snapshot!(rows.join("\n"), @"
    Item | Asked | Result | Next step
    admin-관리자-101 192.168.0.7 | Add to monitoring | Not added. It is behind a load balancer and cannot be sent by itself. as of 2025-06-11 12:00:00 KST | Select the load balancer. All the VMs behind it go along.
    db-replica-03 192.168.0.15 | Add to monitoring | Not added. It is monitored or waiting already, so it was not sent. as of 2025-06-11 12:00:00 KST | No action needed.
    <b>no-such-id</b> | Add to monitoring | Not added. The API does not list it, so it was not sent. as of 2025-06-11 12:00:00 KST | Reload the lists. It may have been deleted meanwhile.
    lb-web-prod-01 (load balancer, 8 VMs) 133.186.112.216, 192.168.0.6 | Add to monitoring | Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST | No action needed. The portal keeps checking.
    ");
}

#[tokio::test]
async fn release_asks_for_confirmation() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(true);
    let vm = portal.vms(true, 1).remove(0);
    let chosen = form(&mut operator, "release").await;
    let chosen = chosen.check(&[&balancer, &vm]);
    portal.changes();
    let page = operator.submit(&chosen).await;
    assert_eq!(page.status, 200);
    assert_eq!(portal.changes(), []);
    assert_snapshot!(outline(&page), @"
    # Release from monitoring?
    2 items with 13 VMs will no longer be monitored.
    1 load balancer goes as a whole, together with the 12 VMs behind it.
    Monitoring is billed to the organisation's payment method. Attacks on a released server are no longer detected.
    After the API has accepted it, it takes up to one hour.
    Reason (optional)
    _reason: text_
    Recorded in the audit log; it cannot be edited later. For example: maintenance, CHG-1234
    | Item | VMs included |
    | lb-api-주문-02 Load balancer 133.186.154.171, 192.168.0.16 | db-replica-201 192.168.0.17 db-replica-202 133.186.154.142 192.168.0.18 db-replica-203 192.168.0.19 db-replica-204 192.168.0.20 db-replica-205 192.168.0.21 db-replica-206 192.168.0.22 db-replica-207 192.168.0.23 db-replica-208 192.168.0.24 db-replica-209 192.168.0.25 db-replica-210 192.168.0.26 db-replica-211 133.186.154.71 192.168.0.27 db-replica-212 192.168.0.28 |
    | db-replica-03 192.168.0.15 | – |
    (Release 2 items)
    [Cancel](/t/acme/vms)
    ");
    let named = page.count(&format!("tr[data-id='{balancer}'] li"));
    assert_eq!(named, behind.len());

    let confirmed = page.form("form.confirm");
    assert_eq!(confirmed.value("confirm"), Some("yes"));
    let page = operator.submit_and_follow(&confirmed).await;
    for (_, told) in outcomes(&page) {
        assert_eq!(told, "Accepted. The release takes up to one hour.");
    }
    let calls = portal.changes();
    assert_eq!(calls.len(), 1);
    let mut ids = confirmed.values("id");
    assert_eq!(calls[0].query, Some(format!("vmId={}", ids.join(","))));
    ids.sort_unstable();
    let mut wanted = [&*balancer, &*vm];
    wanted.sort_unstable();
    assert_eq!(ids, wanted);
}

#[tokio::test]
async fn server_under_release_is_marked() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let page = release(&mut operator, &[&vm]).await;
    let row = format!("#monitored-list tr[data-id='{vm}']");
    assert!(
        page.text_of(&row)
            .ends_with("Release requested since 2025-06-11 12:00:00 KST")
    );
    portal.clock.advance(TimeDelta::minutes(1));
    let page = operator.get(&page.address).await;
    assert!(!page.has(&row));
    assert!(page.has(&format!("#not-monitored-list tr[data-id='{vm}']")));
}

/// Through both forms.
pub async fn release<S: AsRef<str>>(operator: &mut TestClient, ids: &[S]) -> Page {
    let form = form(operator, "release").await.check(ids);
    let page = operator.submit(&form).await;
    assert_eq!(page.status, 200, "asks first");
    operator.submit_and_follow(&page.form("form.confirm")).await
}

pub async fn add<S: AsRef<str>>(operator: &mut TestClient, ids: &[S]) -> Page {
    let form = form(operator, "add").await.check(ids);
    operator.submit_and_follow(&form).await
}

#[tokio::test]
async fn audit_log_names_the_outcome_of_each_item() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await.check(&vms);
    portal
        .simulator
        .set_fault(None, Fault::PartialChange.on_changes());
    operator.submit(&form).await;
    let audit = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let shown = audit.texts("td.outcomes tr[data-state]");
    assert_eq!(shown.len(), 2);
    let names = form
        .values("id")
        .into_iter()
        .rev()
        .map(|id| portal.name(id));
    for (shown, name) in shown.iter().zip(names) {
        assert!(shown.starts_with(&name), "{shown}");
    }
    assert!(shown[1].contains("listed as waiting"), "{}", shown[1]);
    assert!(
        shown[0].contains("Not added. The API refused it."),
        "{}",
        shown[0]
    );
}

#[tokio::test]
async fn added_server_is_monitored_an_hour_later() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    let row = format!("#monitored-list tr[data-id='{vm}']");
    let status = |page: &Page| page.texts(&format!("{row} .badge")).join(", ");
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(status(&page), "Requested, waiting (up to 1 hour)");
    portal.clock.advance(TimeDelta::hours(1));
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(status(&page), "Monitored");
}

#[tokio::test]
async fn overview_lists_the_newest_requests() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    portal.clock.advance(TimeDelta::minutes(1));
    release(&mut operator, &portal.vms(true, 2)).await;
    portal.calls();
    let page = portal.sign_in("viewer").await.get("/t/acme").await;
    assert_eq!(portal.calls(), []);
    assert_eq!(
        page.texts("details.request summary"),
        [
            "2025-06-11 12:01:00 KST operator: Release 2 items from monitoring web-prod-01 db-replica-03 accepted 2",
            "2025-06-11 12:00:00 KST operator: Add one item to monitoring web-prod-01 monitored 1",
        ]
    );
    assert!(
        page.has("p a[href='/t/acme/requests']"),
        "and the way to all"
    );
}
