//! Kills during an add or a release: nothing is lost, nothing is sent twice, and the reported outcome is the API's.

use std::time::Duration;

use secmon_portal::{
    model::AppKey,
    simulator::{Call, Endpoint, Fault, Options, Simulator},
};
use sqlx::{Connection as _, Executor as _};
use tokio::runtime::Runtime;

use crate::{
    http::TestClient,
    support::{Place, Running},
};

const PASSWORD: &str = "correct horse 배터리 staple";
const KEY: &str = "TheKeyOfAcme01";

/// Where the portal is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KillPoint {
    /// The request is stored, and nothing was sent.
    BeforeTheCall,
    /// The API has the call and has done nothing with it.
    DuringTheCall,
    /// The API has executed the call, and not responded.
    DoneWithoutAnAnswer,
    /// The API has responded, and the response is not stored.
    AnsweredAndNotStored,
}

const MOMENTS: [KillPoint; 4] = [
    KillPoint::BeforeTheCall,
    KillPoint::DuringTheCall,
    KillPoint::DoneWithoutAnAnswer,
    KillPoint::AnsweredAndNotStored,
];

impl KillPoint {
    /// How often the API was called by then, and may be in all.
    fn calls(self) -> usize {
        usize::from(self != Self::BeforeTheCall)
    }
}

struct Scene {
    place: Place,
    simulator: Simulator,
    api: String,
    runtime: Runtime,
}

impl Scene {
    fn new() -> Self {
        let runtime = Runtime::new().expect("starts");
        let simulator = Simulator::new(Options {
            app_keys: vec![AppKey::parse(KEY).expect("a key")],
            vms: 12,
            delay: Duration::ZERO,
            ..Options::default()
        });
        let router = simulator.router();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("binds");
        let api = format!("http://{}", listener.local_addr().expect("is bound"));
        runtime.spawn(async move { axum::serve(listener, router).await });
        let place = Place::new();
        let add = "team add --slug acme --name Acme --region kr1 --app-key-file -";
        place.run_typing(add, KEY).succeeds();
        let user = "user add --username kim --member acme:operator --password-file -";
        place.run_typing(user, PASSWORD).succeeds();
        Self {
            place,
            simulator,
            api,
            runtime,
        }
    }

    fn serve(&self) -> (Running, TestClient) {
        let (portal, address) = self.place.serve(&[
            ("SECMON_PORTAL_API_KR1", &self.api),
            ("SECMON_PORTAL_API_TIMEOUT", "30s"),
            ("SECMON_PORTAL_LOG", "secmon_portal=debug"),
        ]);
        let mut kim = TestClient::new(&address);
        assert!(kim.signs_in("kim", PASSWORD));
        (portal, kim)
    }

    fn sql(&self, statements: &'static str) {
        let file = self.place.path("data/portal.db");
        let url = format!("sqlite://{}", file.display());
        self.runtime.block_on(async {
            let mut database = sqlx::SqliteConnection::connect(&url).await.expect("opens");
            database.execute(statements).await.expect("is done");
            database.close().await.expect("closes");
        });
    }

    fn changes(&self) -> Vec<Call> {
        let calls = self.simulator.calls().into_iter();
        let is_change =
            |call: &Call| matches!(call.endpoint, Endpoint::AddVms | Endpoint::ReleaseVms);
        calls.filter(is_change).collect()
    }

    /// Sends one change, and kills the portal at that moment.
    fn killed(&self, action: &'static str, id: &str, moment: KillPoint) {
        match moment {
            KillPoint::BeforeTheCall => self.sql(
                "create trigger stop before update of state on request_items
                 when new.state = 'sending' begin select raise(abort, 'stop'); end",
            ),
            KillPoint::AnsweredAndNotStored => self.sql(
                "create trigger stop before update of state on request_items
                 when new.state = 'accepted' begin select raise(abort, 'stop'); end",
            ),
            KillPoint::DuringTheCall => self.simulator.set_fault(None, Fault::Hang.on_changes()),
            KillPoint::DoneWithoutAnAnswer => {
                self.simulator
                    .set_fault(None, Fault::HangAfter.on_changes());
            }
        }
        let (mut portal, kim) = self.serve();
        let form = kim.get("/t/acme/vms").body;
        let token = form
            .split("name=\"token\" value=\"")
            .nth(1)
            .expect("a form");
        let token = token.split('"').next().expect("a value").to_owned();
        let fields = [("id", id), ("token", &token), ("confirm", "yes")];
        let _sent = kim.starts_to_post(&format!("/t/acme/vms/{action}"), &fields);
        match moment {
            KillPoint::BeforeTheCall | KillPoint::AnsweredAndNotStored => {
                portal.says_on_stderr("a change request was not completed");
            }
            KillPoint::DuringTheCall | KillPoint::DoneWithoutAnAnswer => {
                while self.changes().is_empty() {
                    std::thread::yield_now();
                }
            }
        }
        portal.signal("KILL");
        portal.end();
        self.simulator.set_fault(None, None);
    }

    /// The outcome on the request's page after a restart `minutes` later.
    fn told_later(&self, minutes: u32) -> String {
        // Advances time by ageing the stored rows.
        self.sql("drop trigger if exists stop");
        let statement: &'static str = match minutes {
            2 => {
                "update change_requests set asked_at = asked_at - 120000,
                     touched_at = touched_at - 120000;
                 update job_leases set leased_until = 0, due_at = 0"
            }
            _ => {
                "update change_requests set asked_at = asked_at - 3660000,
                     touched_at = touched_at - 3660000;
                 update job_leases set leased_until = 0, due_at = 0"
            }
        };
        self.sql(statement);
        let (mut portal, kim) = self.serve();
        portal.says_on_stderr("polled the server lists");
        let list = kim.get("/t/acme/requests").body;
        let rows: Vec<_> = list.split("<tr data-id=").skip(1).collect();
        assert_eq!(rows.len(), 1, "the request is there, once");
        let state = rows[0]
            .split("class=\"state state-")
            .nth(1)
            .expect("a state");
        let told = state.split('"').next().expect("a name").to_owned();
        portal.terminate();
        portal.end();
        told
    }
}

#[test]
fn add_outcome_matches_the_api_after_a_kill_at_any_point() {
    let told = ["not-done", "not-done", "done", "done"];
    for (moment, expected) in MOMENTS.into_iter().zip(told) {
        let scene = Scene::new();
        let vm = scene.simulator.not_monitored_ids(0).remove(0);
        scene.killed("add", &vm, moment);
        assert_eq!(scene.told_later(2), expected, "{moment:?}");
        assert_eq!(scene.changes().len(), moment.calls(), "{moment:?}");
        let is_monitored = scene.simulator.monitored_ids(0).contains(&vm);
        assert_eq!(is_monitored, expected == "done", "{moment:?}");
    }
}

#[test]
fn release_outcome_matches_the_api_after_a_kill_at_any_point() {
    let told = ["not-done", "not-known", "done", "done"];
    for (moment, expected) in MOMENTS.into_iter().zip(told) {
        let scene = Scene::new();
        let vm = scene.simulator.monitored_ids(0).remove(0);
        scene.killed("release", &vm, moment);
        // A release takes up to an hour, and its outcome is unknown until then.
        assert_eq!(scene.told_later(2), expected, "{moment:?}");
        if expected == "not-known" {
            assert_eq!(scene.told_later(61), "not-done", "{moment:?}");
        }
        assert_eq!(scene.changes().len(), moment.calls(), "{moment:?}");
        let is_monitored = scene.simulator.monitored_ids(0).contains(&vm);
        assert_eq!(is_monitored, expected != "done", "{moment:?}");
    }
}
