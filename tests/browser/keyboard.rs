//! With the keyboard alone: the focus is always seen, and the way past the menus is short.

use secmon_portal::model::Role;

use crate::{portal::TestPortal, visitor::TestClient};

const TAB: (&str, i64) = ("Tab", 9);
const ENTER: (&str, i64) = ("Enter", 13);
const ESCAPE: (&str, i64) = ("Escape", 27);

/// Where the focus is, and what is wrong with it: nothing that shows it, or out of sight. Whatever had it before
/// must look otherwise now.
const FOCUS: &str = "(() => {
    const look = it => {
        const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(it);
        return [outlineStyle, outlineWidth, outlineColor, boxShadow].join(' ');
    };
    const it = document.activeElement;
    const name = it.outerHTML.slice(0, 120);
    const problems = [];
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(it);
    const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    if (it !== document.body && !outlined && boxShadow === 'none') problems.push(name + ' shows no focus');
    const box = it.getBoundingClientRect();
    const seen = box.width > 1 && box.height > 1 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    if (!seen) problems.push(name + ' is out of sight');
    const last = window.lastFocus;
    if (last && last.it !== it && look(last.it) === last.look) problems.push(last.name + ' looks the same without focus');
    window.lastFocus = { it, name, look: look(it) };
    return [it === document.body ? 'body' : name, problems];
})()";

async fn portal() -> TestPortal {
    let portal = TestPortal::start().await;
    portal.add_user("admin", "최관리", Role::Admin).await;
    portal
}

/// Tabs through a page until the focus leaves it, or for a while; what was passed, in order.
async fn tabs_through(visitor: &mut TestClient, steps: usize) -> Vec<String> {
    let mut passed = Vec::new();
    for _ in 0..steps {
        visitor.presses(TAB).await;
        let (name, problems): (String, Vec<String>) = visitor.reads(FOCUS).await;
        assert!(problems.is_empty(), "{problems:#?} after {passed:#?}");
        if name == "body" {
            break;
        }
        passed.push(name);
    }
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_is_seen_on_every_step() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.opens("/login").await;
    tabs_through(&mut visitor, 20).await;
    visitor.signs_in("admin").await;
    let ticket = format!("/t/shop/tickets/{}", portal.simulator.ticket_ids(0)[0]);
    for path in [
        "/t/shop",
        "/t/shop/vms",
        "/t/shop/events",
        "/t/shop/tickets",
        &ticket,
        "/account",
    ] {
        for scheme in ["light", "dark"] {
            visitor.prefers_scheme(scheme).await;
            visitor.opens(path).await;
            let passed = tabs_through(&mut visitor, 40).await;
            assert!(passed.len() > 5, "{path}: {passed:#?}");
            assert!(passed[0].contains("#content"), "{path}: {passed:#?}");
        }
    }
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_skip_link_leads_past_the_menus() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.signs_in("admin").await;
    visitor.opens("/t/shop/vms").await;
    assert_eq!(tabs_through(&mut visitor, 1).await.len(), 1);
    visitor.presses(ENTER).await;
    visitor
        .waits_until("document.activeElement.id === 'content'")
        .await;
    visitor.presses(TAB).await;
    let inside = "document.querySelector('main').contains(document.activeElement)";
    assert!(visitor.reads::<bool>(inside).await);
    visitor.leaves().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_opens_and_closes_with_the_keyboard() {
    let portal = portal().await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.signs_in("admin").await;
    visitor.opens("/t/shop").await;
    while !visitor
        .reads::<bool>("document.activeElement.matches('.user-menu summary')")
        .await
    {
        let passed = tabs_through(&mut visitor, 1).await;
        assert_eq!(passed.len(), 1, "there is no such menu");
    }
    visitor.presses(ENTER).await;
    visitor
        .waits_until("document.querySelector('.user-menu').open")
        .await;
    tabs_through(&mut visitor, 3).await;
    visitor.presses(ESCAPE).await;
    visitor
        .waits_until("!document.querySelector('.user-menu').open")
        .await;
    let back = "document.activeElement.matches('.user-menu summary')";
    assert!(
        visitor.reads::<bool>(back).await,
        "the focus is on the menu"
    );
    visitor.leaves().await;
}
