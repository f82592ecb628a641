//! Adding servers to monitoring and releasing them.

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::simulator::Fault;

use crate::support::{ACME, Form, PASSWORD, Page, Portal, Visitor, outline};

/// The form to add with, or the one to release with, as the operator's page shows it.
pub async fn form(visitor: &mut Visitor, action: &str) -> Form {
    let page = visitor.get("/t/acme/vms").await;
    page.form(&format!("form[action='/t/acme/vms/{action}']"))
}

/// What the page says became of each item: its id, and the words of the row.
pub fn outcomes(page: &Page) -> Vec<(String, String)> {
    let ids = page.attributes("[role=status] tr[data-item]", "data-item");
    let told = page.texts("[role=status] tr[data-item] td:nth-child(3)");
    ids.into_iter().zip(told).collect()
}

/// What became of the only item.
pub fn outcome(page: &Page) -> String {
    let [(_, told)] = <[_; 1]>::try_from(outcomes(page)).expect("one item");
    told
}

#[tokio::test]
async fn an_operator_adds_what_was_chosen() {
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
            "The API accepted it. Monitoring starts within one hour."
        );
        assert!(page.message().contains(&portal.name(&id)));
        assert_eq!(portal.simulator.status(ACME, &id), Some("접수대기"));
    }
    // One call for all, of which the simulator has checked every field.
    assert_eq!(portal.changes().len(), 1);
    assert!(page.has(&format!("#monitored-list [data-id='{balancer}']")));
}

#[tokio::test]
async fn the_message_after_adding_names_each_item_and_what_became_of_it() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(false);
    let monitored = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "add").await.check(&[balancer]);
    let form = form.smuggle("id", &behind[0]).smuggle("id", &monitored);
    let form = form.smuggle("id", "<b>no-such-id</b>");
    let page = operator.submit_and_follow(&form).await;
    let rows = page.rows("[role=status] tr");
    let rows: Vec<_> = rows.into_iter().map(|row| row.join(" | ")).collect();
    assert_snapshot!(rows.join("\n"), @r"
    Item | Asked | What happened | What to do now
    lb-web-prod-01 (load balancer, 8 VMs) 133.186.112.216, 192.168.0.6 | Add to monitoring | The API accepted it. Monitoring starts within one hour. | Nothing. Its status shows in the lists.
    admin-관리자-101 192.168.0.7 | Add to monitoring | Not added. It is behind a load balancer and cannot be sent by itself. as of 2025-06-11 12:00:00 KST | Choose the load balancer. All the VMs behind it go along.
    db-replica-03 192.168.0.15 | Add to monitoring | Not added. It is monitored or waiting already, so it was not sent. as of 2025-06-11 12:00:00 KST | Nothing.
    <b>no-such-id</b> | Add to monitoring | Not added. The API does not list it, so it was not sent. as of 2025-06-11 12:00:00 KST | Reload the lists. It may have been deleted meanwhile.
    ");
}

#[tokio::test]
async fn an_operator_is_asked_before_a_release() {
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
    assert_snapshot!(outline(&page), @r"
    # Release from monitoring?
    2 items with 13 VMs will no longer be monitored. It takes up to one hour.
    | Item | VMs that go with it |
    | lb-api-주문-02 Load balancer 133.186.154.171, 192.168.0.16 | db-replica-201 192.168.0.17 db-replica-202 133.186.154.142 192.168.0.18 db-replica-203 192.168.0.19 db-replica-204 192.168.0.20 db-replica-205 192.168.0.21 db-replica-206 192.168.0.22 db-replica-207 192.168.0.23 db-replica-208 192.168.0.24 db-replica-209 192.168.0.25 db-replica-210 192.168.0.26 db-replica-211 133.186.154.71 192.168.0.27 db-replica-212 192.168.0.28 |
    | db-replica-03 192.168.0.15 | db-replica-03 192.168.0.15 |
    (Release 2 items)
    [Cancel](/t/acme/vms)
    ");
    let named = page.count(&format!("tr[data-id='{balancer}'] li"));
    assert_eq!(named, behind.len());

    let confirmed = page.form("form.confirm");
    assert_eq!(confirmed.value("confirm"), Some("yes"));
    let page = operator.submit_and_follow(&confirmed).await;
    for (_, told) in outcomes(&page) {
        assert_eq!(
            told,
            "The API accepted it. The release takes up to one hour."
        );
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
async fn what_is_being_released_is_marked_until_it_is_gone() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let page = release(&mut operator, &[&vm]).await;
    let row = format!("#monitored-list tr[data-id='{vm}']");
    assert!(page.text_of(&row).ends_with("Release requested"));
    portal.clock.advance(TimeDelta::minutes(1));
    let page = operator.get(&page.address).await;
    assert!(!page.has(&row));
    assert!(page.has(&format!("#not-monitored-list tr[data-id='{vm}']")));
}

/// Through both forms.
pub async fn release<S: AsRef<str>>(operator: &mut Visitor, ids: &[S]) -> Page {
    let form = form(operator, "release").await.check(ids);
    let page = operator.submit(&form).await;
    assert_eq!(page.status, 200, "asks first");
    operator.submit_and_follow(&page.form("form.confirm")).await
}

pub async fn add<S: AsRef<str>>(operator: &mut Visitor, ids: &[S]) -> Page {
    let form = form(operator, "add").await.check(ids);
    operator.submit_and_follow(&form).await
}

#[tokio::test]
async fn search_order_and_page_are_kept_through_an_action() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let list = "/t/acme/vms?q=0&sort=-name&page=1&monitored_page=1";
    let page = operator.get(list).await;
    for action in ["add", "release"] {
        let form = page.form(&format!("form[action='/t/acme/vms/{action}']"));
        let answer = operator.submit(&form).await;
        let there = format!("{list}&notice=nothing-chosen");
        assert_eq!(answer.location(), Some(there), "{action}");
    }
    let vm = page
        .attributes("#not-monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#not-monitored").check(&[vm]);
    let done = operator.submit_and_follow(&form).await;
    assert!(done.address.starts_with(&format!("{list}&request=")));
    // The message is told once: the list's own links and forms do not repeat it.
    assert_eq!(done.form("form#not-monitored").value("back"), Some(list));
    assert!(
        !done
            .attributes("th a", "href")
            .iter()
            .any(|it| it.contains("request="))
    );
    let vm = page
        .attributes("#monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#monitored").check(&[vm]);
    let asked = operator.submit(&form).await;
    assert_eq!(asked.link("form.confirm a"), list);
    let done = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    assert!(done.address.starts_with(&format!("{list}&request=")));
}

#[tokio::test]
async fn an_action_leads_back_to_vm_control_of_its_team_only() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "/t/other/vms",
        "/t/acme/vmsx",
        "/logout",
    ] {
        let form = form(&mut operator, "add").await.fill("back", elsewhere);
        let answer = operator.submit(&form).await;
        let there = "/t/acme/vms?notice=nothing-chosen".to_owned();
        assert_eq!(answer.location(), Some(there), "{elsewhere}");
    }
}

#[tokio::test]
async fn nothing_chosen_is_told_and_nothing_is_done() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for action in ["add", "release"] {
        let form = form(&mut operator, action).await;
        let page = operator.submit_and_follow(&form).await;
        assert!(page.alert().starts_with("Nothing was chosen."), "{action}");
        assert!(page.has("#not-monitored-list [data-id]"));
    }
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn more_than_a_thousand_things_are_refused_in_words() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    for action in ["add", "release"] {
        let mut form = form(&mut operator, action).await.smuggle("confirm", "yes");
        for number in 0..1001 {
            form = form.smuggle("id", &format!("8b031032-e0a0-4b36-8a98-{number:012}"));
        }
        portal.calls();
        let answer = operator.submit(&form).await;
        assert_eq!(portal.calls(), []);
        let page = operator.follow(answer).await;
        assert!(page.alert().starts_with("At most 1,000 items"), "{action}");
    }
}

#[tokio::test]
async fn what_is_gone_meanwhile_is_told_and_not_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await.check(&vms);
    assert!(
        vms.iter()
            .all(|vm| portal.simulator.remove_server(ACME, vm))
    );
    let page = operator.submit_and_follow(&form).await;
    for (_, told) in outcomes(&page) {
        assert!(
            told.starts_with("Not added. The API does not list it, so it was not sent."),
            "{told}"
        );
    }
    assert_eq!(outcomes(&page).len(), 2);
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn what_somebody_else_did_meanwhile_is_told_and_not_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let adding = form(&mut operator, "add").await.check(&[&vm]);
    assert!(portal.simulator.add_behind_the_back(ACME, &vm));
    let page = operator.submit_and_follow(&adding).await;
    let told = outcome(&page);
    assert!(
        told.starts_with("Not added. It is monitored or waiting already"),
        "{told}"
    );

    let vm = portal.vms(true, 1).remove(0);
    let releasing = form(&mut operator, "release").await.check(&[&vm]);
    let asked = operator.submit(&releasing).await;
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.clock.advance(TimeDelta::minutes(1));
    let page = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    let told = outcome(&page);
    assert!(
        told.starts_with("Not released. It is not monitored"),
        "{told}"
    );
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn a_vm_behind_a_load_balancer_goes_only_with_it() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (_, behind) = portal.load_balancer(true);
    let form = form(&mut operator, "release")
        .await
        .smuggle("id", &behind[0]);
    let page = operator.submit(&form).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text_of(&format!("[data-item='{}']", behind[0]))
            .contains("behind a load balancer")
    );
    assert!(
        !page.has("form.confirm button"),
        "there is nothing to confirm"
    );
    let page = operator
        .submit_and_follow(&form.smuggle("confirm", "yes"))
        .await;
    let told = outcome(&page);
    assert!(
        told.contains("It is behind a load balancer and cannot be sent by itself."),
        "{told}"
    );
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn the_same_form_sent_twice_works_once() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add")
        .await
        .check(&portal.vms(false, 2));
    portal.changes();
    let first = operator.submit(&form).await;
    let second = operator.submit(&form).await;
    assert_eq!(second.status, 303);
    assert_eq!(first.location(), second.location());
    let page = operator.follow(second).await;
    assert_eq!(outcomes(&page).len(), 2);
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn the_same_form_sent_twice_at_once_works_once() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut tab = operator.clone();
    let vm = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "release").await.check(&[vm]);
    let form = operator.submit(&form).await.form("form.confirm");
    portal.changes();
    let (first, second) = tokio::join!(operator.submit(&form), tab.submit(&form));
    assert_eq!((first.status, second.status), (303, 303));
    assert_eq!(first.location(), second.location());
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn a_form_s_token_is_for_one_selection() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await;
    operator.submit(&form.clone().check(&vms[..1])).await;
    portal.changes();
    let page = operator.submit(&form.check(&vms[1..])).await;
    assert_eq!(page.status, 422);
    assert_eq!(portal.changes(), []);
    assert!(page.alert().starts_with("This form was used before"));
    // It is shown again, filled, and can be sent as it is.
    let again = page.form("form.confirm");
    assert_eq!(again.values("id"), [&*vms[1]]);
    let page = operator.submit_and_follow(&again).await;
    assert_eq!(
        outcome(&page),
        "The API accepted it. Monitoring starts within one hour."
    );
}

#[tokio::test]
async fn a_token_of_an_add_does_not_release() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let adding = form(&mut operator, "add")
        .await
        .check(&portal.vms(false, 1));
    operator.submit(&adding).await;
    let vm = portal.vms(true, 1).remove(0);
    let fields = [
        ("id", &*vm),
        ("confirm", "yes"),
        ("token", adding.value("token").expect("has one")),
    ];
    portal.changes();
    let page = operator.post("/t/acme/vms/release", &fields).await;
    assert_eq!(page.status, 422);
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_done_and_the_form_is_shown_again() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut admin = portal.sign_in("admin").await;
    let of_another_person = form(&mut admin, "add")
        .await
        .value("token")
        .map(str::to_owned);
    let from_yesterday = form(&mut operator, "add")
        .await
        .value("token")
        .map(str::to_owned);
    portal.clock.advance(TimeDelta::hours(25));
    let vm = portal.vms(false, 1).remove(0);
    portal.changes();
    for token in [
        None,
        Some(String::new()),
        Some("made-up".into()),
        of_another_person,
        from_yesterday,
    ] {
        let form = form(&mut operator, "add")
            .await
            .check(&[&vm])
            .without("token");
        let form = token
            .iter()
            .fold(form, |form, token| form.smuggle("token", token));
        let page = operator.submit(&form).await;
        assert_eq!(page.status, 422, "{token:?}");
        assert_eq!(page.form("form.confirm").values("id"), [&*vm]);
        assert_eq!(portal.changes(), [], "{token:?}");
    }
    let release = [("id", &*portal.vms(true, 1)[0]), ("confirm", "yes")];
    assert_eq!(
        operator.post("/t/acme/vms/release", &release).await.status,
        422
    );
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn the_page_that_asks_again_tells_what_would_be_added() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, behind) = portal.load_balancer(false);
    let fields = [("id", &*balancer), ("id", &*behind[0]), ("id", "gone")];
    let page = operator.post("/t/acme/vms/add", &fields).await;
    assert_snapshot!(outline(&page), @r"
    # Add to monitoring?
    alert:
    This form was used before or is too old, so nothing was done. Check what is below and send it again.
    One item with 8 VMs will be monitored. A charge starts, and it takes up to one hour.
    | Item | VMs that go with it |
    | lb-web-prod-01 Load balancer 133.186.112.216, 192.168.0.6 | admin-관리자-101 192.168.0.7 admin-관리자-102 192.168.0.8 admin-관리자-103 192.168.0.9 admin-관리자-104 192.168.0.10 admin-관리자-105 192.168.0.11 admin-관리자-106 192.168.0.12 admin-관리자-107 192.168.0.13 admin-관리자-108 192.168.0.14 |
    ## What will not be sent
    admin-관리자-101: It is behind a load balancer and cannot be sent by itself.
    gone: The API does not list it, so it was not sent.
    (Add one item)
    [Cancel](/t/acme/vms)
    ");
}

#[tokio::test]
async fn a_form_of_one_team_is_not_another_s() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("site-admin").await;
    let mut form = form(&mut admin, "add").await.check(&portal.vms(false, 1));
    portal.changes();
    form.action = "/t/other/vms/add".to_owned();
    let page = admin.submit(&form).await;
    assert_eq!(page.status, 422);
    assert!(page.text_of("[data-item]").contains("does not list it"));
    assert_eq!(portal.changes(), []);
}

#[tokio::test]
async fn who_may_not_change_is_refused_and_it_is_written_down() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "release")
        .await
        .check(&[vm])
        .smuggle("confirm", "yes");
    portal.changes();
    for person in ["viewer", "manager"] {
        let answer = portal.sign_in(person).await.submit(&form).await;
        assert_eq!(answer.status, 403);
        assert!(
            answer
                .alert()
                .contains("Your role does not allow it. Nothing was changed.")
        );
    }
    assert_eq!(portal.changes(), []);
    let audit = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let refused: Vec<_> = audit
        .rows("tbody tr")
        .into_iter()
        .filter(|row| row[4] == "Refused")
        .collect();
    let told: Vec<_> = refused.iter().map(|row| row[1..4].join(" | ")).collect();
    assert_eq!(
        told,
        [
            "manager | Asked for something not allowed | /t/acme/vms/release",
            "viewer | Asked for something not allowed | /t/acme/vms/release",
        ]
    );
}

#[tokio::test]
async fn the_audit_log_names_who_what_and_the_outcome_of_each_item() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await.check(&vms);
    portal
        .simulator
        .set_fault(None, Fault::HalfDone.on_changes());
    operator.submit(&form).await;
    let audit = portal.sign_in("manager").await.get("/t/acme/audit").await;
    let shown = audit.texts("td.outcomes tr[data-item]");
    assert_eq!(shown.len(), 2);
    let names = form.values("id").into_iter().map(|id| portal.name(id));
    for (shown, name) in shown.iter().zip(names) {
        assert!(shown.starts_with(&name), "{shown}");
    }
    assert!(shown[0].contains("Done: the API lists it"), "{}", shown[0]);
    assert!(
        shown[1].contains("Not added. The API refused it."),
        "{}",
        shown[1]
    );
}

#[tokio::test]
async fn an_hour_later_an_added_server_is_told_as_monitored() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    let row = format!("#monitored-list tr[data-id='{vm}']");
    let status = |page: &Page| page.texts(&format!("{row} .word")).join(", ");
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(status(&page), "Requested, waiting (up to 1 hour)");
    portal.clock.advance(TimeDelta::hours(1));
    let page = operator.get("/t/acme/vms").await;
    assert_eq!(status(&page), "Monitored");
}

#[tokio::test]
async fn the_overview_lists_the_newest_requests() {
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
            "2025-06-11 12:01:00 KST operator: release 2 items from monitoring",
            "2025-06-11 12:00:00 KST operator: add one item to monitoring",
        ]
    );
}

#[tokio::test]
async fn who_was_signed_out_in_the_middle_of_work_comes_back_to_the_list() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get("/t/acme/vms?q=0&sort=-name").await;
    let vm = page
        .attributes("#not-monitored-list input[name=id]", "value")
        .remove(0);
    let form = page.form("form#not-monitored").check(&[vm]);
    operator.cookies.clear();
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(portal.changes(), []);
    let answer = operator.sign_in_at(&page, "operator", PASSWORD).await;
    let there = answer.location();
    assert_eq!(there.as_deref(), Some("/t/acme/vms?q=0&sort=-name"));
}

#[tokio::test]
async fn ids_that_no_database_or_address_would_take_are_told_and_not_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    let mut form = form(&mut operator, "add").await.check(&[&vm]);
    for odd in [
        "a\0b",
        "\u{1b}[31m",
        "한글",
        "",
        " ",
        "a,b",
        "../x",
        &"x".repeat(5000),
    ] {
        form = form.smuggle("id", odd);
    }
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(page.status, 200);
    let told = outcomes(&page);
    assert_eq!(told.len(), 9);
    assert!(told[0].1.starts_with("The API accepted it."));
    for (_, told) in &told[1..] {
        assert!(
            told.starts_with("Not added. The API does not list it"),
            "{told}"
        );
    }
    assert_eq!(portal.changes().len(), 1);
}
