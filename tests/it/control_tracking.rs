//! Request tracking by one poll job, with or without open pages.

use std::time::Duration;

use chrono::TimeDelta;
use insta::assert_snapshot;
use secmon_portal::{
    model::ItemState,
    simulator::{Endpoint, Fault},
    store::JobKind,
};

use crate::{
    control::{add, form, outcome, release},
    support::{ACME, Form, Page, Portal, TestClient},
};

/// A portal on an API that takes half an hour.
pub async fn slow() -> Portal {
    Portal::start_with(|config| config.api.delay = Duration::from_mins(30)).await
}

impl Portal {
    /// Advances the clock, and runs the due poll.
    pub async fn later(&self, span: TimeDelta) {
        self.clock.advance(span);
        self.run_due(self.poller()).await;
    }

    /// May the team's lists be read in the background.
    pub async fn is_due(&self, team: &str) -> bool {
        let busy = self.store.busy_jobs(JobKind::Poll).await;
        let team = self.team(team).await;
        !busy.expect("is read").contains(&team.id.0)
    }

    /// How far the items of the newest request have come.
    pub async fn states(&self) -> Vec<ItemState> {
        let acme = self.team("acme").await;
        let newest = self.store.recent_control(&acme.id, 1).await;
        let newest = newest.expect("is read").remove(0);
        newest.items.iter().map(|item| item.state).collect()
    }

    pub fn reads(&self) -> usize {
        let calls = self.calls().into_iter();
        calls
            .filter(|call| matches!(call, Endpoint::AppliedVms | Endpoint::NotAppliedVms))
            .count()
    }
}

/// The page of the newest request.
async fn newest(client: &mut TestClient) -> Page {
    let list = client.get("/t/acme/requests").await;
    let there = list.link("tbody tr:first-child th a");
    client.get(&there).await
}

#[tokio::test]
async fn added_server_is_tracked_until_monitored() {
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
async fn released_server_is_tracked_and_marked_until_gone() {
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
async fn several_portals_poll_a_team_once() {
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
async fn poll_reads_the_second_list_after_the_first() {
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
async fn failing_api_is_polled_less_and_delays_no_other_team() {
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
async fn request_is_tracked_when_the_clock_is_set_back() {
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
    assert_eq!(page.text_of(".freshness"), "As of 2025-06-11 12:50:00 KST");
    portal.clock.advance(TimeDelta::minutes(41));
    portal.run_due(poller).await;
    assert_eq!(portal.states().await, [ItemState::Done]);
}

#[tokio::test]
async fn requests_are_shown_to_members_only() {
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
async fn concurrent_requests_send_a_load_balancer_once() {
    // Two users, two tabs of one user, two portals on one database.
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
            // One is accepted, the other refused as already under way.
            let was_not = told.iter().filter(|told| told.starts_with("Not ")).count();
            assert_eq!(was_not, 1, "{case}: {told:?}");
        }
    }
}

/// A form that only has to be sent.
async fn ready(client: &mut TestClient, action: &str, id: &str) -> Form {
    let form = form(client, action).await.check(&[id]);
    match action {
        "add" => form,
        _ => client.submit(&form).await.form("form.confirm"),
    }
}
