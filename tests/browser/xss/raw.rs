//! The control experiment: without the sanitizer the same vectors run, fetch and cover.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, extract::Path, response::Html, routing::get};

use super::{CONFESS, DETECTOR, api::Sink};
use crate::{client::TestClient, portal::listen};

/// Number of texts per page, each in a separate frame.
const FRAMES: usize = 40;

/// A portal without a sanitizer: one page per vector.
async fn careless_portal(texts: Arc<Vec<String>>) -> String {
    let number_of_texts = texts.len();
    let raw = move |Path(number): Path<usize>| {
        let texts = Arc::clone(&texts);
        async move {
            Html(format!(
                "<!DOCTYPE html><title>x</title><body style='margin:0'><header class=top style='height:50px'>Portal</header>
                <main><article><div data-part=x style='border:1px solid'>{}</div></article></main>",
                texts[number]
            ))
        }
    };
    let all = async move |Path(from): Path<usize>| {
        let frame = |number| format!("<iframe width=900 height=600 src=/raw/{number}></iframe>");
        let frames: String = (from..number_of_texts.min(from + FRAMES))
            .map(frame)
            .collect();
        Html(format!("<!DOCTYPE html><title>x</title>{frames}"))
    };
    let router = Router::new()
        .route("/raw/{number}", get(raw))
        .route("/all/{from}", get(all));
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    url.origin().ascii_serialization()
}

/// Checks each frame like a ticket, and clicks links too. A frame that navigated has left its box.
fn look() -> String {
    format!(
        "(() => {{
            const eyes = {DETECTOR};
            return [...document.querySelectorAll('iframe')].flatMap(({{ contentWindow: frame }}, number) => {{
                try {{
                    const doc = frame.document;
                    if (!doc.URL.includes('/raw/')) return [[number, 'left']];
                    const found = [...eyes.problems(doc), ...eyes.shadowed(doc), ...eyes.links(doc)];
                    eyes.poke(doc);
                    for (const it of doc.querySelectorAll('a')) it.click();
                    return found.map(it => [number, it]);
                }} catch {{
                    return [[number, 'left']];
                }}
            }});
        }})()"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_run_fetch_and_cover_when_not_sanitized() {
    let sink = Sink::start().await;
    let texts = Arc::new(sink.texts());
    let mut client = TestClient::at(&careless_portal(Arc::clone(&texts)).await).await;
    client.add_init_script(CONFESS).await;
    let mut ran = BTreeSet::new();
    let mut seen: BTreeSet<(usize, String)> = BTreeSet::new();
    for from in (0..texts.len()).step_by(FRAMES) {
        client.open(&format!("/all/{from}")).await;
        let found: Vec<(usize, String)> = client.evaluate(&look()).await;
        let kinds = [
            "is placed",
            "covers",
            "the header",
            "has ",
            "is shadowed",
            "leads elsewhere",
            "left",
        ];
        for (number, problem) in found {
            let kind = kinds.iter().find(|kind| problem.contains(**kind));
            seen.extend(kind.map(|kind| (from + number, (*kind).to_owned())));
        }
        for problem in client.problems().await {
            let number = problem.split("script ran: ").nth(1);
            let number =
                number.and_then(|number| number.split(|c: char| !c.is_ascii_digit()).next());
            ran.extend(number.and_then(|number| number.parse::<usize>().ok()));
        }
    }
    let fetched: BTreeSet<String> = sink
        .heard()
        .into_iter()
        .map(|heard| heard.address)
        .collect();
    let count = |kind: &str| seen.iter().filter(|(_, it)| it == kind).count();
    let figures = [
        ("ran", ran.len(), 180),
        ("were fetched", fetched.len(), 45),
        ("were placed", count("is placed"), 35),
        ("covered something", count("covers"), 35),
        ("covered the header", count("the header"), 35),
        ("had attributes of their own", count("has "), 200),
        ("shadowed a name", count("is shadowed"), 2),
        ("had links of another kind", count("leads elsewhere"), 50),
        ("went elsewhere", count("left"), 5),
    ];
    let too_few = |(_, seen, least): &&(&str, usize, usize)| seen < least;
    let missing: Vec<_> = figures.iter().filter(too_few).collect();
    assert!(missing.is_empty(), "{missing:?} of {figures:?}");
    ran.extend(seen.iter().map(|(number, _)| *number));
    assert!(
        ran.len() >= 350,
        "only {} of {} did anything",
        ran.len(),
        texts.len()
    );
}
