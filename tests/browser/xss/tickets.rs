//! The five parts of a ticket, each of which is HTML of a stranger.

use std::collections::BTreeSet;

use super::{
    api::{Api, Sink},
    looks, sees_what_nobody_cleaned, unprotected,
};
use crate::{portal::TestPortal, visitor::TestClient};

#[tokio::test(flavor = "multi_thread")]
async fn no_ticket_runs_fetches_or_leaves_its_box() {
    let sink = Sink::start().await;
    let api = Api::new(sink.texts());
    assert!(api.len() >= 150);
    let portal = TestPortal::start_before(api.serve().await).await;
    let mut visitor = unprotected(&portal).await;
    visitor.opens("/t/shop/tickets/0").await;
    sees_what_nobody_cleaned(&mut visitor, &sink).await;
    let (mut problems, mut followed) = (Vec::new(), BTreeSet::new());
    // Each text stands in each part; it is the first there in some, where no other can hide it.
    // Every other ticket is read on a phone, and by the way the parts are turned each text is read on both.
    for number in 0..api.len().div_ceil(2) {
        let (width, height) = if number % 2 == 0 {
            (1280, 900)
        } else {
            (375, 800)
        };
        visitor.resizes(width, height).await;
        visitor.opens(&format!("/t/shop/tickets/{number}")).await;
        let mut found = looks(&visitor, "ticket").await;
        found.extend(visitor.complaints().await);
        problems.extend(
            found
                .iter()
                .map(|found| format!("ticket {number}: {found}")),
        );
        follows_new_links(&mut visitor, &mut followed).await;
        assert_eq!(visitor.path().await, format!("/t/shop/tickets/{number}"));
    }
    problems.extend(visitor.complaints().await);
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(followed.len() >= 5, "{followed:?}");
    // Nothing came but the links that were followed, and those tell nothing of the portal. Where one led,
    // the browser asks for an icon.
    let heard = sink.heard();
    for heard in heard[1..]
        .iter()
        .filter(|heard| heard.address != "/favicon.ico")
    {
        let address = format!("http://{}{}", sink.address, heard.address);
        assert!(followed.contains(&address), "{heard:?}");
        assert_eq!(heard.referrer, None, "{heard:?}");
    }
    visitor.leaves().await;
}

/// Clicks each link that was in no ticket before, as a reader does. Mail programs are not for a test to open.
async fn follows_new_links(visitor: &mut TestClient, followed: &mut BTreeSet<String>) {
    let links: Vec<(String, bool)> = visitor
        .reads("[...document.querySelectorAll('[data-part] a')].map(it => [it.href, it.getClientRects().length > 0])")
        .await;
    for (place, (address, seen)) in links.into_iter().enumerate() {
        if !seen || address.starts_with("mailto:") || !followed.insert(address) {
            continue;
        }
        let mark = format!(
            "void document.querySelectorAll('[data-part] a')[{place}].setAttribute('data-chosen', '')"
        );
        let _: Option<bool> = visitor.reads(&mark).await;
        visitor.clicks("[data-chosen]").await;
        let unmark = "void document.querySelector('[data-chosen]').removeAttribute('data-chosen')";
        let _: Option<bool> = visitor.reads(unmark).await;
    }
}
