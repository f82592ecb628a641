//! Adding and releasing in the simulator, over time.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Caller, KEYS, caller, caller_with, id, is_load_balancer};

impl Caller {
    async fn latest_change(&self) -> Value {
        self.get("history").await.results().swap_remove(0)
    }

    fn wait(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

#[tokio::test]
async fn added_server_waits_and_is_then_monitored() {
    let caller = caller();
    let candidates = caller.candidates().await;
    let chosen = &candidates[..2];
    assert!(is_load_balancer(&chosen[1]), "the fleet begins so");
    let answer = caller.post(&json!({ "vmList": chosen })).await;
    assert_eq!(
        answer.text,
        r#"{"header":{"resultCode":1,"resultMessage":"Request success","isSuccessful":true}}"#
    );

    for (seconds, status, meter) in [
        (0, "접수대기", "NO"),
        (29, "접수대기", "NO"),
        (1, "진행중", "YES"),
    ] {
        caller.wait(seconds);
        let applied = caller.get("applied-vms").await.results();
        for row in chosen {
            let now = applied
                .iter()
                .find(|applied| id(applied) == id(row))
                .expect("listed");
            assert_eq!(now["serviceStatus"], status);
            if is_load_balancer(now) {
                assert_eq!(now["vm"][0]["serviceStatus"], status);
            }
        }
        assert_eq!(caller.latest_change().await["meter"], meter);
    }
    let left = caller.simulator.not_monitored_ids(0);
    assert!(chosen.iter().all(|row| !left.contains(&id(row).to_owned())));
}

#[tokio::test]
async fn history_lists_each_request_by_vm_names() {
    let caller = caller();
    let candidates = caller.candidates().await;
    caller.post(&json!({ "vmList": &candidates[..2] })).await;
    let history = caller.get("history").await.json();
    assert_eq!(history["count"], 26);
    let vms = candidates[1]["vm"].as_array().expect("vms");
    let names = std::iter::once(&candidates[0]).chain(vms);
    let names: Vec<_> = names.filter_map(|vm| vm["vmName"].as_str()).collect();
    let previous = history["results"][1]["historyId"].as_u64().expect("an id");
    assert_eq!(
        history["results"][0],
        json!({
            "status": "접수", "reason": "사용자신청", "contents": "보안관제 추가 진행 중 입니다.",
            "vmId": names.join(" | "), "meter": "NO", "type": "신규",
            "regDate": "2026-07-01T12:00:00+09:00", "historyId": previous + 1
        })
    );
}

#[tokio::test]
async fn released_server_keeps_its_status_until_it_leaves() {
    let caller = caller();
    let before = caller.get("applied-vms").await.results();
    let ids: Vec<_> = before.iter().take(2).map(id).collect();
    assert!(caller.delete(&ids).await.json()["header"]["isSuccessful"] == true);
    assert_eq!(caller.get("applied-vms").await.results()[..2], before[..2]);
    assert_eq!(caller.latest_change().await["type"], "해제");
    let again = caller.delete(&ids[..1]).await;
    assert_eq!((again.status.as_u16(), again.refusal()), (200, Some(-1)));

    caller.wait(30);
    let free = caller.get("not-applied-vms").await.results();
    for gone in ids {
        let row = free.iter().find(|row| id(row) == gone).expect("listed");
        assert_eq!(row["serviceStatus"], "미신청");
        assert!(!caller.simulator.monitored_ids(0).contains(&gone.to_owned()));
    }
    assert_eq!(caller.latest_change().await["meter"], "NO");
}

#[tokio::test]
async fn changes_apply_at_once_without_a_delay() {
    let caller = caller_with(|options| options.delay = std::time::Duration::ZERO);
    let row = caller.candidates().await.swap_remove(0);
    caller.post(&json!({ "vmList": [row] })).await;
    assert_eq!(caller.simulator.status(0, id(&row)), Some("진행중"));
    caller.delete(&[id(&row)]).await;
    assert_eq!(caller.simulator.status(0, id(&row)), Some("미신청"));
    caller.post(&json!({ "vmList": [row] })).await;
    assert_eq!(caller.simulator.status(0, id(&row)), Some("진행중"));
}

#[tokio::test]
async fn load_balancer_changes_only_as_a_whole() {
    let caller = caller();
    let monitored = caller.simulator.monitored_ids(0);
    let mut balancers = caller.simulator.load_balancers(0).into_iter();
    let (balancer, vms) = balancers
        .find(|(id, _)| monitored.contains(id))
        .expect("one");
    let refused = caller.delete(&[&vms[0]]).await;
    assert_eq!(
        (refused.status.as_u16(), refused.refusal()),
        (200, Some(-1))
    );
    assert!(caller.delete(&[&balancer]).await.refusal().is_none());

    let candidates = caller.candidates().await;
    let balancer = candidates
        .iter()
        .find(|row| is_load_balancer(row))
        .expect("one");
    let alone = caller.post(&json!({ "vmList": [balancer["vm"][0]] })).await;
    assert_eq!((alone.status.as_u16(), alone.refusal()), (200, Some(-1)));
    let mut part = balancer.clone();
    part["vm"].as_array_mut().expect("vms").pop();
    let part = caller.post(&json!({ "vmList": [part] })).await;
    assert_eq!(
        (part.status.as_u16(), part.refusal()),
        (400, Some(4_001_003))
    );
}

#[tokio::test]
async fn request_differing_from_the_list_is_refused_whole() {
    let caller = caller();
    let good = caller.candidates().await;
    let changed = |field: &str, value: Option<Value>| {
        let mut row = good[0].clone();
        let fields = row.as_object_mut().expect("an object");
        fields.remove(field);
        fields.extend(value.map(|value| (field.to_owned(), value)));
        json!({ "vmList": [good[1], row] })
    };
    let unknown = json!("00000000-0000-4000-8000-000000000000");
    for (body, expected) in [
        (changed("vmName", Some(json!("other"))), (400, 4_001_003)),
        (changed("vmIp", None), (400, 4_001_002)),
        (changed("vmIp", Some(json!(null))), (400, 4_001_002)),
        (changed("vmId", None), (400, 4_001_002)),
        (changed("vmId", Some(unknown)), (404, 4_041_007)),
        (
            changed("serviceStatus", Some(json!("미신청"))),
            (400, 4_001_000),
        ),
        (json!({ "vmList": [good[0], good[0]] }), (400, 4_001_000)),
        (json!({ "vmList": [] }), (400, 4_001_002)),
        (json!([]), (400, 4_001_000)),
    ] {
        let answer = caller.post(&body).await;
        let said = (answer.status.as_u16(), answer.refusal().expect("a refusal"));
        assert_eq!(said, expected, "{body}");
    }
    assert_eq!(caller.get("history").await.json()["count"], 25);
    assert_eq!(caller.candidates().await, good);
    let form = Request::post(format!("/v1.0/appkeys/{}/vm", KEYS[0])).body(Body::from("{}"));
    assert_eq!(caller.send(form.expect("a request")).await.status, 415);
}

#[tokio::test]
async fn change_without_effect_is_refused() {
    let caller = caller();
    let row = caller.candidates().await.swap_remove(0);
    let body = json!({ "vmList": [row] });
    let not_yet = caller.delete(&[id(&row)]).await;
    assert_eq!(
        (not_yet.status.as_u16(), not_yet.refusal()),
        (200, Some(-1))
    );
    assert!(caller.post(&body).await.refusal().is_none());
    let twice = caller.post(&body).await;
    assert_eq!((twice.status.as_u16(), twice.refusal()), (200, Some(-1)));
    assert!(twice.text.contains("이미 보안관제가 신청된"));
    let unknown = caller.delete(&[id(&row), "nobody"]).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.refusal()),
        (404, Some(4_041_007))
    );
    for nothing in [&[][..], &["a", ""]] {
        assert_eq!(caller.delete(nothing).await.status, 400);
    }
}

#[tokio::test]
async fn url_longer_than_eight_kilobytes_is_refused() {
    let caller = caller();
    let id = "8b031032-e0a0-4b36-8a98-642b6d3ca07b";
    assert_eq!(caller.delete(&vec![id; 215]).await.status, 404);
    let answer = caller.delete(&vec![id; 225]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.refusal()),
        (414, Some(4_141_000))
    );
}

#[tokio::test]
async fn servers_can_change_outside_the_client() {
    let caller = caller();
    let simulator = &caller.simulator;
    let free = simulator.not_monitored_ids(0);
    assert!(simulator.add_behind_the_back(0, &free[0]));
    assert!(!simulator.add_behind_the_back(0, &free[0]));
    assert_eq!(simulator.status(0, &free[0]), Some("접수대기"));
    assert!(simulator.release_behind_the_back(0, &free[0]));
    let row = caller
        .candidates()
        .await
        .into_iter()
        .find(|row| id(row) == free[1]);
    assert!(simulator.rename_server(0, &free[1], "renamed"));
    assert_eq!(caller.post(&json!({ "vmList": [row] })).await.status, 400);
    assert!(simulator.remove_server(0, &free[1]));
    assert_eq!(
        (simulator.name(0, &free[1]), simulator.status(0, &free[1])),
        (None, None)
    );
    assert!(!simulator.remove_server(9, &free[2]));
    assert_eq!(
        simulator.not_monitored_ids(1),
        caller_with(|_| ()).simulator.not_monitored_ids(1)
    );
}
