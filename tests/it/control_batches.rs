//! Requests of several API calls.

use secmon_portal::simulator::Fault;

use crate::{
    control::{form, outcomes},
    support::{ACME, Portal},
};

#[tokio::test]
async fn failing_batch_of_a_thousand_adds_stops_no_other() {
    let portal = Portal::start_with(|config| config.api.vms = 3500).await;
    let mut operator = portal.sign_in("operator").await;
    let ids: Vec<_> = portal
        .simulator
        .not_monitored_ids(ACME)
        .into_iter()
        .take(1000)
        .collect();
    assert_eq!(ids.len(), 1000);
    let form = ids
        .iter()
        .fold(form(&mut operator, "add").await, |form, id| {
            form.smuggle("id", id)
        });
    portal
        .simulator
        .set_fault(None, Fault::BadGateway.on_changes().times(1));
    portal.changes();
    let page = operator.submit_and_follow(&form).await;
    assert_eq!(portal.changes().len(), 10);
    let outcomes = outcomes(&page);
    assert_eq!(outcomes.len(), 1000);
    let failed = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("Not added."))
        .count();
    assert_eq!(failed, 100);
    for (id, told) in outcomes {
        let waits = portal.simulator.status(ACME, &id) == Some("접수대기");
        assert_eq!(waits, told.starts_with("Accepted"), "{id}: {told}");
    }
}

#[tokio::test]
async fn thousand_releases_keep_addresses_short() {
    let portal = Portal::start_with(|config| config.api.vms = 3500).await;
    for id in portal.simulator.not_monitored_ids(ACME) {
        assert!(portal.simulator.add_behind_the_back(ACME, &id));
    }
    let mut operator = portal.sign_in("operator").await;
    let ids: Vec<_> = portal
        .simulator
        .monitored_ids(ACME)
        .into_iter()
        .take(1000)
        .collect();
    assert_eq!(ids.len(), 1000);
    let form = ids
        .iter()
        .fold(form(&mut operator, "release").await, |form, id| {
            form.smuggle("id", id)
        });
    let asked = operator.submit(&form).await;
    assert_eq!(asked.count("tr[data-id]"), 1000);
    portal
        .simulator
        .set_fault(None, Fault::BadGateway.on_changes().times(1));
    portal.changes();
    let page = operator
        .submit_and_follow(&asked.form("form.confirm"))
        .await;
    let calls = portal.changes();
    let lengths: Vec<_> = calls
        .iter()
        .map(|call| call.query.as_ref().map_or(0, String::len))
        .collect();
    assert!(
        lengths.iter().all(|length| *length < 8 * 1024 - 100),
        "{lengths:?}"
    );
    let outcomes = outcomes(&page);
    assert_eq!(outcomes.len(), 1000);
    let first_part = calls[0]
        .query
        .as_ref()
        .expect("names ids")
        .matches(',')
        .count()
        + 1;
    let open = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("Not known yet."))
        .count();
    assert_eq!(open, first_part);
    let accepted = outcomes
        .iter()
        .filter(|(_, told)| told.starts_with("Accepted"))
        .count();
    assert_eq!(accepted, 1000 - first_part);
}
