//! Items that are not sent: pending, vanished, changed, or without permission.

use chrono::TimeDelta;

use super::{form, outcome, outcomes, release};
use crate::support::{ACME, Portal};

#[tokio::test]
async fn pending_item_is_announced_and_not_sent_again() {
    let portal =
        Portal::start_with(|config| config.api.delay = std::time::Duration::from_mins(30)).await;
    let mut operator = portal.sign_in("operator").await;
    let mut admin = portal.sign_in("admin").await;
    let vms = portal.vms(true, 2);
    let chosen = form(&mut admin, "release").await.check(&vms);
    let early = admin.submit(&chosen).await.form("form.confirm");
    release(&mut operator, &vms[..1]).await;
    portal.changes();
    portal.clock.advance(TimeDelta::minutes(5));
    let chosen = form(&mut admin, "release").await.check(&vms);
    let asked = admin.submit(&chosen).await;
    assert_eq!(asked.form("form.confirm").values("id"), vms[1..]);
    let others = asked.text_of(".others");
    assert!(
        others.ends_with("Already requested by operator at 2025-06-11 12:00:00 KST; in progress."),
        "{others}"
    );
    let page = admin.get(&format!("/t/acme/vms/{}", vms[0])).await;
    assert!(!page.has("form.server-change"));
    assert!(page.text_of(".under-way").starts_with("Already requested"));
    // Nor when it was confirmed before.
    let page = admin.submit_and_follow(&early).await;
    let mut told: Vec<_> = outcomes(&page)
        .into_iter()
        .map(|outcome| outcome.1)
        .collect();
    told.sort_by_key(|told| !told.starts_with("Not"));
    assert_eq!(told.len(), 2);
    assert!(
        told[0].starts_with("Not released. It was requested before"),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|told| told.contains("refused")),
        "{told:?}"
    );
    let calls = portal.changes();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].query, Some(format!("vmId={}", vms[1])));
}

#[tokio::test]
async fn vanished_server_is_reported_and_not_sent() {
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
async fn server_changed_meanwhile_is_reported_and_not_sent() {
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
async fn vm_behind_a_load_balancer_goes_only_with_it() {
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
async fn change_without_permission_is_refused_and_audited() {
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
            "manager | Access denied | /t/acme/vms/release",
            "viewer | Access denied | /t/acme/vms/release",
        ]
    );
}
