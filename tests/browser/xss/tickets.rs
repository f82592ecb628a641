//! The five parts of a ticket, each with hostile HTML.

use std::collections::BTreeSet;

use super::{
    api::{Api, Sink},
    assert_detector_works, run_detector, unprotected,
};
use crate::{client::TestClient, portal::TestPortal};

#[tokio::test(flavor = "multi_thread")]
async fn ticket_cannot_run_fetch_or_leave_its_box() {
    let sink = Sink::start().await;
    let api = Api::new(sink.texts());
    assert!(api.len() >= 150);
    let portal = TestPortal::start_before(api.serve().await).await;
    let mut client = unprotected(&portal).await;
    client.open("/t/shop/tickets/0").await;
    assert_detector_works(&mut client, &sink).await;
    let (mut problems, mut followed) = (Vec::new(), BTreeSet::new());
    // Each text stands in each part; it is the first there in some, where no other can hide it.
    // Every other ticket is read on a phone, and by the way the parts are turned each text is read on both.
    for number in 0..api.len().div_ceil(2) {
        let (width, height) = if number % 2 == 0 {
            (1280, 900)
        } else {
            (375, 800)
        };
        client.resize(width, height).await;
        client.open(&format!("/t/shop/tickets/{number}")).await;
        let mut found = run_detector(&client, "ticket").await;
        found.extend(client.problems().await);
        problems.extend(
            found
                .iter()
                .map(|found| format!("ticket {number}: {found}")),
        );
        follow_new_links(&mut client, &mut followed).await;
        assert_eq!(client.path().await, format!("/t/shop/tickets/{number}"));
    }
    problems.extend(client.problems().await);
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(followed.len() >= 5, "{followed:?}");
    // Only followed links were requested, without a referrer. For a followed link the browser also requests an icon.
    let heard = sink.heard();
    for heard in heard[1..]
        .iter()
        .filter(|heard| heard.address != "/favicon.ico")
    {
        let address = format!("http://{}{}", sink.address, heard.address);
        assert!(followed.contains(&address), "{heard:?}");
        assert_eq!(heard.referrer, None, "{heard:?}");
    }
    client.close().await;
}

/// Clicks each link that no earlier ticket had, except `mailto:` links, which would start a program.
async fn follow_new_links(client: &mut TestClient, followed: &mut BTreeSet<String>) {
    let links: Vec<(String, bool)> = client
        .evaluate("[...document.querySelectorAll('[data-part] a')].map(it => [it.href, it.getClientRects().length > 0])")
        .await;
    for (place, (address, seen)) in links.into_iter().enumerate() {
        if !seen || address.starts_with("mailto:") || !followed.insert(address) {
            continue;
        }
        let mark = format!(
            "void document.querySelectorAll('[data-part] a')[{place}].setAttribute('data-chosen', '')"
        );
        let _: Option<bool> = client.evaluate(&mark).await;
        client.click("[data-chosen]").await;
        let unmark = "void document.querySelector('[data-chosen]').removeAttribute('data-chosen')";
        let _: Option<bool> = client.evaluate(unmark).await;
    }
}
