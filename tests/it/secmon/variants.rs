//! Every wire-format variant of docs/secmon-api.md, row by row; those of paging are in `paging.rs`.

use secmon_portal::{
    model::{ApiTimestamp, Event, HistoryEntry, PageNumber, PageOf, Server, Ticket, TicketDetail},
    secmon::Error,
};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::support::{access, answering, client, first, range, success, ticket_id};

async fn servers(results: Value) -> Vec<Server> {
    let server = answering(success(json!({"results": results}))).await;
    let fleet = client(&server.uri()).fleet(&access()).await;
    fleet.expect("succeeds").0.monitored
}

pub async fn history(answer: ResponseTemplate, page: u32) -> Result<PageOf<HistoryEntry>, Error> {
    let server = answering(answer).await;
    let client = client(&server.uri());
    client.history(&access(), PageNumber::new(page)).await
}

pub async fn tickets(fields: Value) -> PageOf<Ticket> {
    let server = answering(success(fields)).await;
    let tickets = client(&server.uri()).tickets(&access(), first()).await;
    tickets.expect("succeeds")
}

async fn event(row: Value) -> Event {
    let server = answering(success(json!({"results": [row]}))).await;
    let events = client(&server.uri())
        .events(&access(), first(), range())
        .await;
    events.expect("succeeds").rows.remove(0)
}

async fn detail(fields: Value) -> TicketDetail {
    let server = answering(success(fields)).await;
    let ticket = ticket_id("98425190186514912");
    let detail = client(&server.uri()).ticket(&access(), &ticket).await;
    detail.expect("succeeds")
}

fn shown(moment: Option<&ApiTimestamp>) -> String {
    match moment.expect("there is a time") {
        ApiTimestamp::At(at) => at.to_string(),
        ApiTimestamp::AsWritten(text) => text.clone(),
    }
}

#[tokio::test]
async fn row_5_is_successful_decides_regardless_of_the_code() {
    for header in [
        json!({"resultCode": 1, "isSuccessful": true}),
        json!({"resultCode": "1", "isSuccessful": true}),
        json!({"resultCode": 0, "isSuccessful": true}),
        json!({"resultCode": -1, "isSuccessful": "true"}),
        json!({"isSuccessful": true}),
    ] {
        let body = json!({"header": header, "results": []});
        let answer = ResponseTemplate::new(200).set_body_json(&body);
        assert!(history(answer, 1).await.is_ok(), "{body}");
    }
    for header in [
        json!({"resultCode": 1, "resultMessage": "no", "isSuccessful": false}),
        json!({"resultCode": "1", "resultMessage": "no", "isSuccessful": "false"}),
    ] {
        let body = json!({"header": header, "results": []});
        let answer = ResponseTemplate::new(200).set_body_json(&body);
        let refused = Error::Refused {
            code: Some("1".to_owned()),
            message: Some("no".to_owned()),
        };
        assert_eq!(history(answer, 1).await.map(|_| ()), Err(refused), "{body}");
    }
}

#[tokio::test]
async fn row_6_time_has_either_name() {
    for name in ["detectTime", "detectDate"] {
        let event = event(json!({name: "2021-07-11T23:36:13+09:00"})).await;
        assert_eq!(shown(event.detected.as_ref()), "2021-07-11 23:36:13 KST");
        let tickets = tickets(json!({"results": [{name: "2020-02-03T16:49:00"}]})).await;
        let detected = tickets.rows[0].detected.as_ref();
        assert_eq!(shown(detected), "2020-02-03 16:49:00 KST");
    }
    let both = event(json!({"detectTime": "언제", "detectDate": null})).await;
    assert_eq!(shown(both.detected.as_ref()), "언제");
}

#[tokio::test]
async fn row_7_ticket_name_has_either_spelling() {
    let rows = json!([{"ticketName": "WebShell"}, {"tickentName": "WebShell"}, {"ticketName": "", "tickentName": "WebShell"}]);
    for ticket in tickets(json!({"results": rows})).await.rows {
        assert_eq!(ticket.name.as_deref(), Some("WebShell"));
    }
}

#[tokio::test]
async fn row_8_detail_is_in_data_or_at_the_top() {
    let result = json!(["summary", "<p>analysis</p>", "<p>deep</p>"]);
    let desc = json!(["name", "description"]);
    for fields in [
        json!({"data": {"result": result, "desc": desc}}),
        json!({"data": {"results": result, "desc": desc}}),
        json!({"results": result, "desc": desc}),
        json!({"results": result, "desc": desc, "data": null}),
        json!({"results": result, "desc": desc, "data": {"result": null, "desc": []}}),
    ] {
        let detail = detail(fields.clone()).await;
        assert_eq!(detail.name.as_deref(), Some("name"), "{fields}");
        assert_eq!(detail.description.as_deref(), Some("description"));
        assert_eq!(detail.summary.as_deref(), Some("summary"));
        assert_eq!(detail.analysis.as_deref(), Some("<p>analysis</p>"));
        assert_eq!(detail.deep_analysis.as_deref(), Some("<p>deep</p>"));
    }
}

#[tokio::test]
async fn row_8_short_lists_and_empty_entries_leave_parts_out() {
    let short = detail(json!({"data": {"result": ["summary"], "desc": ["", null]}})).await;
    assert_eq!(short.summary.as_deref(), Some("summary"));
    assert_eq!((short.analysis, short.deep_analysis), (None, None));
    assert_eq!((short.name, short.description), (None, None));

    let gaps = detail(json!({"data": {"result": [null, "", "deep"]}})).await;
    assert_eq!((gaps.summary, gaps.analysis), (None, None));
    assert_eq!(gaps.deep_analysis.as_deref(), Some("deep"));

    let odd = detail(json!({"data": {"result": [7, {"a": "b"}], "desc": "name"}})).await;
    assert_eq!(odd.summary.as_deref(), Some("7"));
    assert_eq!(odd.analysis.as_deref(), Some(r#"{"a":"b"}"#));
    assert_eq!(odd.name.as_deref(), Some("name"));

    let nothing = detail(json!({"data": null})).await;
    assert_eq!((nothing.name, nothing.summary), (None, None));
}

#[tokio::test]
async fn row_14_load_balancer_is_recognized_by_its_id() {
    let servers = servers(json!([
        {"lbIp": "133.186.111.22", "fixedIp": "192.168.0.18", "lbId": "lb-1", "lbName": "lb1",
         "serviceStatus": "미신청", "vm": [{"vmId": "vm-1", "vmName": "vm1", "vmIp": ""}]},
        {"lbId": "lb-2", "lbIp": null, "vm": null},
        {"lbId": "lb-3"},
        {"lbId": "", "vmId": "vm-4", "vmIp": "133.186.112.33", "vmOs": "CentOS 7.8"},
        {"lbId": null, "vmId": "vm-5", "vmIp": null},
    ]))
    .await;
    let [
        Server::LoadBalancer(whole),
        Server::LoadBalancer(empty),
        Server::LoadBalancer(_),
        ..,
    ] = servers.as_slice()
    else {
        panic!("{servers:?}");
    };
    assert_eq!(whole.name.as_deref(), Some("lb1"));
    assert_eq!(whole.floating_ip.as_deref(), Some("133.186.111.22"));
    assert!(
        whole
            .status
            .as_ref()
            .is_some_and(|status| status.is("word-not-monitored"))
    );
    assert_eq!(whole.vms[0].name.as_deref(), Some("vm1"));
    assert_eq!(whole.vms[0].floating_ip, None);
    assert!(empty.vms.is_empty() && empty.floating_ip.is_none());
    let [.., Server::Vm(vm), Server::Vm(_)] = servers.as_slice() else {
        panic!("{servers:?}");
    };
    assert_eq!(
        vm.id.as_ref().map(ToString::to_string).as_deref(),
        Some("vm-4")
    );
    assert_eq!(vm.floating_ip.as_deref(), Some("133.186.112.33"));
}

#[tokio::test]
async fn row_17_names_of_a_change_are_split() {
    let rows = json!([
        {"vmId": "vm1 | vm2", "historyId": 4539}, {"vmId": "a|b"}, {"vmId": ""}, {"vmId": "vm3 | "},
    ]);
    let listing = history(success(json!({"results": rows})), 1).await;
    let rows = listing.expect("succeeds").rows;
    assert_eq!(rows[0].names, ["vm1", "vm2"]);
    assert_eq!(
        rows[0].id.as_ref().map(ToString::to_string).as_deref(),
        Some("4539")
    );
    assert_eq!(rows[1].names, ["a|b"]);
    assert!(rows[2].names.is_empty());
    assert_eq!(rows[3].names, ["vm3"]);
}

#[tokio::test]
async fn row_18_every_digit_of_an_id_is_kept() {
    let body = r#"{"header":{"isSuccessful":true},"results":[
        {"ticketId": 98425190186514912345}, {"ticketId": "98425190186514912345"},
        {"ticketId": 98425190186514913}, {"ticketId": "../../x"}, {"ticketId": 1.5}]}"#;
    let server = answering(ResponseTemplate::new(200).set_body_string(body)).await;
    let tickets = client(&server.uri()).tickets(&access(), first()).await;
    let ids: Vec<Option<String>> = tickets
        .expect("succeeds")
        .rows
        .iter()
        .map(|ticket| ticket.id.as_ref().map(ToString::to_string))
        .collect();
    let digits = |text: &str| Some(text.to_owned());
    let twenty = digits("98425190186514912345");
    let seventeen = digits("98425190186514913");
    assert_eq!(ids, [twenty.clone(), twenty, seventeen, None, None]);
}

#[tokio::test]
async fn row_19_numbers_may_be_strings_and_strings_numbers() {
    let as_numbers = event(json!({"dstPort": 80, "srcPort": 33420, "attackName": 7})).await;
    let as_strings = event(json!({"dstPort": "80", "srcPort": "33420", "attackName": "7"})).await;
    for event in [as_numbers, as_strings] {
        assert_eq!(event.destination_port.as_deref(), Some("80"));
        assert_eq!(event.source_port.as_deref(), Some("33420"));
        assert_eq!(event.name.as_deref(), Some("7"));
    }
}

#[tokio::test]
async fn row_19_port_is_digits_also_as_a_fraction() {
    let event = event(json!({"dstPort": 80.0, "srcPort": "33420.0"})).await;
    assert_eq!(event.destination_port.as_deref(), Some("80"));
    assert_eq!(event.source_port.as_deref(), Some("33420"));
}

#[tokio::test]
async fn row_20_row_is_never_dropped_and_new_fields_are_ignored() {
    let rows = json!([
        null, 7, "text", [], {},
        {"vmName": {"ko": "이름"}, "vmOs": ["a", 1], "vmIp": false, "color": "red", "vmId": {}},
        {"vmName": "vm1", "serviceStatus": "일시중지"},
    ]);
    let servers = servers(rows).await;
    assert_eq!(servers.len(), 7);
    let [.., Server::Vm(odd), Server::Vm(word)] = servers.as_slice() else {
        panic!("{servers:?}");
    };
    assert_eq!(odd.name.as_deref(), Some(r#"{"ko":"이름"}"#));
    assert_eq!(odd.os.as_deref(), Some(r#"["a",1]"#));
    assert_eq!(
        (odd.floating_ip.as_deref(), odd.id.as_ref()),
        (Some("false"), None)
    );
    let status = word.status.as_ref().expect("there is a status");
    assert_eq!((status.original(), status.code()), ("일시중지", None));
}

#[tokio::test]
async fn null_list_is_empty_and_byte_order_mark_is_skipped() {
    assert!(servers(json!(null)).await.is_empty());
    assert!(tickets(json!({"results": null})).await.rows.is_empty());
    let body = "\u{feff}{\"header\":{\"isSuccessful\":true},\"results\":[{}]}";
    let answer = ResponseTemplate::new(200).set_body_string(body);
    assert_eq!(history(answer, 1).await.expect("succeeds").rows.len(), 1);
}
