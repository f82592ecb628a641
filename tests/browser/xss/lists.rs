//! Every other place: lists, servers, requests, messages, the audit log. There a text is text and nothing else.

use std::collections::BTreeMap;

use super::{
    api::{Api, Sink},
    looks, sees_what_nobody_cleaned, unprotected,
};
use crate::{portal::TestPortal, visitor::TestClient};

/// What a visitor saw: of each page every element with the names of its attributes.
type Skeletons = BTreeMap<String, Vec<String>>;

#[tokio::test(flavor = "multi_thread")]
async fn what_upstream_says_is_text_on_every_page() {
    let sink = Sink::start().await;
    // As text some stand together: what is read as more than text shows, and then hides nothing any more.
    let together = |texts: &[String]| texts.join(" ");
    let hostile = Api::new(sink.texts().chunks(5).map(together).collect());
    let tame = (0..hostile.len()).map(|number| format!("harmless {number}."));
    let tame = Api::new(tame.collect());

    let portal = TestPortal::start_before(hostile.serve().await).await;
    let mut visitor = unprotected(&portal).await;
    visitor.opens("/t/shop").await;
    sees_what_nobody_cleaned(&mut visitor, &sink).await;
    let attacked = sees_everything(&mut visitor, &hostile).await;
    assert_eq!(visitor.complaints().await, [""; 0]);
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
    says_every_message(&mut visitor, &hostile, &attacked["refused"]).await;
    assert_eq!(sink.heard().len(), 1, "{:?}", sink.heard());
    visitor.leaves().await;

    let portal = TestPortal::start_before(tame.serve().await).await;
    let mut visitor = unprotected(&portal).await;
    let quiet = sees_everything(&mut visitor, &tame).await;
    visitor.leaves().await;
    for ((page, attacked), quiet) in attacked.iter().zip(quiet.values()) {
        let differs = attacked
            .iter()
            .zip(quiet)
            .position(|(one, other)| one != other);
        let differs = differs.map(|at| (&attacked[at], &quiet[at]));
        assert_eq!(differs, None, "{page}");
        assert_eq!(attacked.len(), quiet.len(), "{page}");
        assert!(quiet.len() > 60, "{page}");
    }
}

/// Pages that tell of servers, tickets, events and history, before anything is changed.
const BEFORE: [(&str, &str); 8] = [
    ("VM control", "/t/shop/vms"),
    ("VM control, sorted", "/t/shop/vms?sort=-name"),
    ("history", "/t/shop/history"),
    ("tickets", "/t/shop/tickets"),
    ("events", "/t/shop/events"),
    ("a load balancer", "/t/shop/vms/lb-20"),
    ("a VM behind one", "/t/shop/vms/behind-30"),
    ("a VM", "/t/shop/vms/vm-10"),
];

/// Pages that tell of what was asked for.
const AFTER: [(&str, &str); 6] = [
    ("teams", "/"),
    ("overview", "/t/shop"),
    ("audit log", "/t/shop/audit"),
    ("a VM that was added", "/t/shop/vms/vm-1"),
    ("a load balancer that was released", "/t/shop/vms/lb-1"),
    ("requests", "/t/shop/requests"),
];

/// Works with servers whose names attack, and goes to every page that tells of them.
async fn sees_everything(visitor: &mut TestClient, api: &Api) -> Skeletons {
    let mut seen = Skeletons::new();
    for (name, path) in BEFORE {
        visitor.opens(path).await;
        sees(visitor, name, &mut seen).await;
    }
    for related in ["tickets", "events"] {
        let rows = format!("[data-related={related}] tbody tr");
        assert!(visitor.sees(&rows).await, "{related} with its address");
    }
    changes_control(visitor, &mut seen).await;
    for (name, path) in AFTER {
        visitor.opens(path).await;
        sees(visitor, name, &mut seen).await;
    }
    visitor.clicks_through("tbody th a").await;
    sees(visitor, "a request", &mut seen).await;
    visitor.opens("/t/shop/settings").await;
    api.refuses(true);
    visitor
        .clicks_through("form[action='/t/shop/settings/key/try'] button")
        .await;
    sees(visitor, "a key, refused", &mut seen).await;
    for (name, path) in [
        ("refused", "/t/shop/tickets"),
        ("VM control, refused", "/t/shop/vms"),
        ("a VM, refused", "/t/shop/vms/vm-1"),
    ] {
        visitor.opens_failing(path).await;
        sees(visitor, name, &mut seen).await;
    }
    seen
}

/// Asks for both kinds of change, which the API refuses with words of its own.
async fn changes_control(visitor: &mut TestClient, seen: &mut Skeletons) {
    for (list, ids) in [
        ("not-monitored", ["vm-1", "vm-2", "vm-3"]),
        ("monitored", ["lb-1", "lb-2", "lb-3"]),
    ] {
        visitor.opens("/t/shop/vms").await;
        for id in ids {
            visitor
                .clicks(&format!("input[name=id][value={id:?}]"))
                .await;
        }
        let send = format!("form#{list} button:not([type=button])");
        visitor.clicks_through(&send).await;
        sees(visitor, &format!("confirmation, {list}"), seen).await;
        visitor.clicks_through("form.confirm button").await;
        sees(visitor, &format!("outcome, {list}"), seen).await;
        assert!(visitor.sees(".happened q").await, "what the API said");
    }
}

async fn sees(visitor: &mut TestClient, name: &str, seen: &mut Skeletons) {
    assert_eq!(looks(visitor, "list").await, [""; 0], "{name}");
    let text: String = visitor
        .reads("document.querySelector('main').textContent")
        .await;
    let reached = text.contains("lert(") || text.contains("harmless");
    assert!(reached, "{name} tells nothing of upstream: {text}");
    let skeleton = looks(visitor, "skeleton").await;
    seen.insert(name.to_owned(), skeleton);
}

/// Whatever a refusal says, its page is the same.
async fn says_every_message(visitor: &mut TestClient, api: &Api, same: &[String]) {
    for _ in 0..api.messages() {
        visitor.opens_failing("/t/shop/tickets").await;
        assert_eq!(looks(visitor, "skeleton").await, same);
        assert_eq!(visitor.texts(".failure-message").await.len(), 1);
        assert_eq!(visitor.complaints().await, [""; 0]);
    }
}
