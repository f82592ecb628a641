//! What becomes of requests for control when nobody looks: they are followed in the API's lists to their end.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{
    model::ItemState,
    simulator::{Endpoint, Fault},
    store::JobKind,
};

use crate::{
    control::{add, form, outcome, outcomes, release},
    support::{ACME, Form, Page, Portal, TestClient},
};

/// A portal whose API takes half an hour.
async fn slow() -> Portal {
    Portal::start_with(|config| config.api.delay = Duration::from_mins(30)).await
}

impl Portal {
    /// Time goes by, and what is due is looked up.
    async fn later(&self, span: TimeDelta) {
        self.clock.advance(span);
        self.run_due(self.poller()).await;
    }

    /// May the team's lists be read in the background.
    async fn is_due(&self, team: &str) -> bool {
        let busy = self.store.busy_jobs(JobKind::Poll).await;
        let team = self.team(team).await;
        !busy.expect("is read").contains(&team.id.0)
    }

    /// How far the items of the newest request have come.
    async fn states(&self) -> Vec<ItemState> {
        let acme = self.team("acme").await;
        let newest = self.store.recent_control(&acme.id, 1).await;
        let newest = newest.expect("is read").remove(0);
        newest.items.iter().map(|item| item.state).collect()
    }

    fn reads(&self) -> usize {
        let calls = self.calls().into_iter();
        calls
            .filter(|call| matches!(call, Endpoint::AppliedVms | Endpoint::NotAppliedVms))
            .count()
    }
}

/// The page of the newest request.
async fn newest(visitor: &mut TestClient) -> Page {
    let list = visitor.get("/t/acme/requests").await;
    let there = list.link("tbody tr:first-child th a");
    visitor.get(&there).await
}

#[tokio::test]
async fn an_added_server_is_followed_until_it_is_monitored_though_nobody_looks() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add").await;
    operator.submit(&form.check(&portal.vms(false, 1))).await;
    assert_eq!(portal.states().await, [ItemState::Accepted]);
    portal.later(TimeDelta::seconds(5)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
    portal.later(TimeDelta::minutes(31)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
    let mut viewer = portal.sign_in("viewer").await;
    let page = newest(&mut viewer).await;
    assert_snapshot!(page.texts(".progress-steps li").join("\n"), @"
    2025-06-11 12:00:00 KST asked
    2025-06-11 12:00:00 KST sent
    2025-06-11 12:00:00 KST accepted
    2025-06-11 12:00:05 KST waiting
    2025-06-11 12:31:05 KST monitored
    ");
    // Then nothing is read any more.
    portal.reads();
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.reads(), 0);
}

#[tokio::test]
async fn a_release_is_followed_until_it_is_gone_and_marked_meanwhile() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    release(&mut operator, &[&vm]).await;
    portal.later(TimeDelta::minutes(1)).await;
    assert_eq!(portal.states().await, [ItemState::Accepted]);
    let row = format!("#monitored-list tr[data-id='{vm}']");
    let page = operator.get("/t/acme/vms").await;
    assert!(page.text_of(&row).contains("Release requested since"));
    portal.later(TimeDelta::minutes(31)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
    let page = operator.get("/t/acme/vms").await;
    assert!(!page.has(".badge-release-requested"));
}

#[tokio::test]
async fn what_the_vendor_does_not_do_within_an_hour_is_told_as_overdue() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_hours(3)).await;
    let mut operator = portal.sign_in("operator").await;
    let added = add(&mut operator, &portal.vms(false, 1)).await;
    portal.later(TimeDelta::minutes(59)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
    portal.later(TimeDelta::minutes(4)).await;
    assert_eq!(portal.states().await, [ItemState::Overdue]);
    let page = operator.get(&added.address).await;
    let told = outcome(&page);
    assert!(told.starts_with("Overdue: an hour has passed"), "{told}");
    // Late is not never.
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
}

#[tokio::test]
async fn what_somebody_undid_outside_the_portal_is_told_so() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let added = add(&mut operator, &vms).await;
    portal.later(TimeDelta::minutes(40)).await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::Done]);
    assert!(portal.simulator.release_behind_the_back(ACME, &vms[0]));
    portal.clock.advance(TimeDelta::hours(1));
    // What the portal itself releases later is not undone: it was done, and then another thing.
    release(&mut operator, &vms[1..]).await;
    portal.later(TimeDelta::minutes(31)).await;
    let told = outcomes(&operator.get(&added.address).await);
    let told: Vec<_> = told.iter().map(|(_, told)| told.as_str()).collect();
    assert!(told[0].starts_with("Undone: the API no longer lists it as monitored. Somebody changed it, not through this portal."), "{}", told[0]);
    assert!(told[1].starts_with("Done"), "{}", told[1]);
}

#[tokio::test]
async fn several_portals_share_the_work_and_do_it_once() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    portal.simulator.set_latency(Duration::from_millis(50));
    portal.clock.advance(TimeDelta::seconds(10));
    portal.reads();
    let turns = (0..4).map(|_| portal.run_due(portal.poller()));
    futures_util::future::join_all(turns).await;
    assert_eq!(portal.reads(), 2, "both lists, once");
}

#[tokio::test]
async fn the_second_list_is_read_when_the_first_has_been() {
    let portal = Portal::start_with(|config| config.timeout = Duration::from_secs(1)).await;
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add").await;
    operator.submit(&form.check(&portal.vms(false, 1))).await;
    portal.simulator.set_fault(None, Fault::Hang.on_reads());
    portal.calls();
    portal.later(TimeDelta::seconds(5)).await;
    assert_eq!(portal.calls(), [Endpoint::NotAppliedVms]);
}

#[tokio::test]
async fn a_failing_api_is_asked_less_often_and_holds_up_no_other_team() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let mut stranger = portal.sign_in("stranger").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    let page = stranger.get("/t/other/vms").await;
    let vm = page.attributes("#not-monitored-list input[name=id]", "value");
    let form = page.form("form#not-monitored").check(&vm[..1]);
    stranger.submit(&form).await;
    portal
        .simulator
        .set_fault(Some(ACME), Fault::Unavailable.on_reads());
    portal.later(TimeDelta::seconds(5)).await;
    let other = portal.team("other").await;
    let followed = portal.store.recent_control(&other.id, 1).await;
    assert_eq!(
        followed.expect("is read")[0].items[0].state,
        ItemState::Waiting
    );
    // The pause grows: half a minute, a minute, …, less a tenth at the most.
    portal.clock.advance(TimeDelta::seconds(26));
    assert!(!portal.is_due("acme").await);
    portal.later(TimeDelta::seconds(4)).await;
    portal.clock.advance(TimeDelta::seconds(53));
    assert!(!portal.is_due("acme").await);
    portal.simulator.set_fault(None, None);
    portal.later(TimeDelta::seconds(7)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
}

#[tokio::test]
async fn the_audit_log_tells_how_a_request_ended() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 2)).await;
    portal.later(TimeDelta::minutes(40)).await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/t/acme/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    let ended: Vec<_> = rows
        .iter()
        .filter(|row| {
            row.get(2)
                .is_some_and(|row| row == "Control request ended asked by operator")
        })
        .collect();
    assert_eq!(ended.len(), 1);
    // Nobody did anything then; the person is who had asked.
    assert_eq!(ended[0][1], "The portal");
    assert!(
        ended[0][4].starts_with("2 items monitored 2 as it stands now"),
        "{ended:?}"
    );
    let verified = portal.store.verify_audit().await;
    assert!(verified.expect("is read").is_ok());
}

#[tokio::test]
async fn every_member_sees_the_team_s_requests_and_nobody_else_does() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let mut viewer = portal.sign_in("viewer").await;
    let empty = viewer.get("/t/acme/requests").await;
    assert_eq!(empty.status, 200);
    assert!(empty.has(".empty"));
    for vm in portal.vms(false, 3) {
        add(&mut operator, &[vm]).await;
        portal.clock.advance(TimeDelta::minutes(1));
    }
    let list = viewer.get("/t/acme/requests").await;
    let times = list.texts("td.when");
    assert_eq!(
        times,
        [
            "2025-06-11 12:02:00 KST",
            "2025-06-11 12:01:00 KST",
            "2025-06-11 12:00:00 KST"
        ]
    );
    let there = list.link("tbody tr:first-child th a");
    let mut stranger = portal.sign_in("stranger").await;
    assert_eq!(stranger.get(&there).await.status, 404);
    let elsewhere = there.replace("/acme/", "/other/");
    assert_eq!(stranger.get(&elsewhere).await.status, 404);
    for odd in ["x", "%00", "00000000-0000-0000-0000-000000000000"] {
        let page = viewer.get(&format!("/t/acme/requests/{odd}")).await;
        assert_eq!(page.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn whoever_asks_for_the_same_load_balancer_at_once_it_is_sent_once() {
    // Two people, two tabs of one person, two portals on one database.
    for action in ["add", "release"] {
        for case in ["two people", "two tabs", "two portals"] {
            let portal = slow().await;
            let mut first = portal.sign_in("operator").await;
            let mut second = match case {
                "two people" => portal.sign_in("admin").await,
                "two tabs" => first.clone(),
                _ => portal.after_a_restart(&portal.sign_in("admin").await).await,
            };
            let case = format!("{action}, {case}");
            let (balancer, _) = portal.load_balancer(action == "release");
            let mine = ready(&mut first, action, &balancer).await;
            let theirs = ready(&mut second, action, &balancer).await;
            portal.changes();
            let (mine, theirs) = tokio::join!(first.submit(&mine), second.submit(&theirs));
            assert_eq!((mine.status, theirs.status), (303, 303), "{case}");
            assert_eq!(portal.changes().len(), 1, "{case}");
            let (mine, theirs) = (first.follow(mine).await, second.follow(theirs).await);
            let mut told = [outcome(&mine), outcome(&theirs)];
            told.sort();
            // One is told that it was accepted, the other that somebody asks for the same already.
            let was_not = told.iter().filter(|told| told.starts_with("Not ")).count();
            assert_eq!(was_not, 1, "{case}: {told:?}");
        }
    }
}

/// A form that only has to be sent.
async fn ready(visitor: &mut TestClient, action: &str, id: &str) -> Form {
    let form = form(visitor, action).await.check(&[id]);
    match action {
        "add" => form,
        _ => visitor.submit(&form).await.form("form.confirm"),
    }
}

#[tokio::test]
async fn what_was_undone_elsewhere_is_told_so_though_nobody_opens_the_request() {
    let portal = Portal::start_with(|config| config.api.delay = Duration::from_mins(1)).await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(false, 1).remove(0);
    add(&mut operator, &[&vm]).await;
    portal.later(TimeDelta::minutes(2)).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
    assert!(portal.simulator.release_behind_the_back(ACME, &vm));
    portal.reads();
    portal.later(TimeDelta::minutes(2)).await;
    assert_eq!(portal.reads(), 0, "the lists are not read for it");
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Undone]);
}

#[tokio::test]
async fn what_was_refused_and_done_all_the_same_is_told_as_done_by_that_request() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(true, 2);
    portal
        .simulator
        .set_fault(Some(ACME), Fault::HalfDone.on_changes());
    let refused = release(&mut operator, &vms).await;
    let refused = outcomes(&refused);
    assert!(
        refused
            .iter()
            .all(|(_, told)| told.starts_with("Not released. The API refused it.")),
        "{refused:?}"
    );
    portal.clock.advance(TimeDelta::minutes(31));
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::NotDone]);
    let overview = operator.get("/t/acme").await;
    let change = overview.rows("tr[data-change]").remove(0);
    assert_eq!(change[2], "No longer monitored asked by operator");
    // What is done much later is not what was refused.
    portal.clock.advance(TimeDelta::hours(1));
    assert!(portal.simulator.release_behind_the_back(ACME, &vms[1]));
    portal.clock.advance(TimeDelta::minutes(31));
    operator.get("/t/acme/vms").await;
    assert_eq!(portal.states().await, [ItemState::Done, ItemState::NotDone]);
    let overview = operator.get("/t/acme").await;
    let change = overview.rows("tr[data-change]").remove(0);
    assert_eq!(change[2], "No longer monitored outside the portal");
}

#[tokio::test]
async fn an_add_that_a_release_overtook_has_ended() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let (balancer, _) = portal.load_balancer(false);
    let added = add(&mut operator, &[&balancer]).await;
    portal.later(TimeDelta::minutes(1)).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
    release(&mut operator, &[&balancer]).await;
    portal.later(TimeDelta::minutes(40)).await;
    assert_eq!(portal.states().await, [ItemState::Done], "the release");
    let told = outcome(&operator.get(&added.address).await);
    assert!(
        told.contains("A later request of this portal overtook it"),
        "{told}"
    );
    portal.reads();
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.reads(), 0, "nothing is under way any more");
}

#[tokio::test]
async fn request_expires_when_a_day_tells_no_outcome() {
    let portal = Portal::start_with(|around| around.api.delay = Duration::from_hours(72)).await;
    let mut operator = portal.sign_in("operator").await;
    let added = add(&mut operator, &portal.vms(false, 1)).await;
    portal.later(TimeDelta::minutes(61)).await;
    assert_eq!(portal.states().await, [ItemState::Overdue]);
    // It ends also while the API cannot be reached.
    portal
        .simulator
        .set_fault(Some(ACME), Fault::Unavailable.on_reads());
    portal.later(TimeDelta::hours(23)).await;
    assert_eq!(portal.states().await, [ItemState::Expired]);
    portal.simulator.set_fault(Some(ACME), None);
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get(&added.address).await;
    assert_eq!(
        page.attributes("[role=status] tr[data-id]", "data-state"),
        ["expired"]
    );
    assert_snapshot!(page.rows("[role=status] tr[data-id]")[0][2..].join(" | "), @"Expired: the portal could not find out whether it was added. The API's lists did not show the outcome within 24 hours, so the portal stopped looking. as of 2025-06-12 12:01:00 KST | Look at the server in VM control. Ask again if it is not as it should be, or ask NHN Cloud's support.");
    let mut manager = portal.sign_in("manager").await;
    let log = manager.get("/t/acme/audit?action=control-settled").await;
    assert!(log.rows("table.list > tbody > tr")[0][4].contains("expired 1"));
    portal.reads();
    portal.later(TimeDelta::hours(2)).await;
    assert_eq!(portal.reads(), 0, "nothing is under way any more");
    // It may be asked for again.
    let vms = portal.vms(false, 1);
    add(&mut operator, &vms).await;
    assert_eq!(portal.states().await, [ItemState::Waiting]);
}

#[tokio::test]
async fn request_ends_when_its_server_was_deleted() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let released = release(&mut operator, &[&vm]).await;
    portal.later(TimeDelta::minutes(1)).await;
    assert!(portal.simulator.remove_server(ACME, &vm));
    for minutes in [5, 10] {
        portal.later(TimeDelta::minutes(minutes)).await;
        assert_eq!(portal.states().await, [ItemState::Accepted]);
    }
    portal.later(TimeDelta::hours(1)).await;
    assert_eq!(portal.states().await, [ItemState::Expired]);
    let told = outcome(&operator.get(&released.address).await);
    assert!(told.contains("It was probably deleted."), "{told}");
}

#[tokio::test]
async fn retry_after_of_a_year_pauses_ten_minutes() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    add(&mut operator, &portal.vms(false, 1)).await;
    let fault = Fault::TooManyRequests {
        retry_after: Some(31_536_000),
    };
    portal.simulator.set_fault(Some(ACME), fault.on_reads());
    portal.later(TimeDelta::seconds(5)).await;
    portal.clock.advance(TimeDelta::minutes(9));
    assert!(!portal.is_due("acme").await);
    portal.clock.advance(TimeDelta::minutes(1));
    assert!(portal.is_due("acme").await);
}

#[tokio::test]
async fn request_is_followed_when_the_clock_is_set_back() {
    let portal = slow().await;
    let mut operator = portal.sign_in("operator").await;
    let poller = portal.control.poller(Some(Duration::from_secs(10)));
    portal.clock.advance(TimeDelta::hours(1));
    portal.run_due(poller.clone()).await;
    add(&mut operator, &portal.vms(false, 1)).await;
    portal.run_due(poller.clone()).await;
    portal.clock.advance(TimeDelta::minutes(-10));
    portal.reads();
    portal.run_due(poller.clone()).await;
    assert_eq!(portal.reads(), 4, "both lists of both teams");
    let page = operator.get("/t/acme").await;
    assert_eq!(
        page.text_of(".freshness"),
        "Lists read at 2025-06-11 12:50:00 KST"
    );
    portal.clock.advance(TimeDelta::minutes(41));
    portal.run_due(poller).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
}
