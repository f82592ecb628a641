//! Keyboard use: the focus is always visible, and a skip link jumps past the menus.

use secmon_portal::model::Role;

use crate::{client::TestClient, portal::TestPortal};

const TAB: (&str, i64) = ("Tab", 9);
const ENTER: (&str, i64) = ("Enter", 13);
const ESCAPE: (&str, i64) = ("Escape", 27);

/// The focused element and its problem: no visible focus, or out of view. The previously focused element must look
/// different now.
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

/// The focused elements in tab order, until the focus leaves the page or `steps` are done.
async fn tab_through(client: &mut TestClient, steps: usize) -> Vec<String> {
    let mut passed = Vec::new();
    for _ in 0..steps {
        client.press(TAB).await;
        let (name, problems): (String, Vec<String>) = client.evaluate(FOCUS).await;
        assert!(problems.is_empty(), "{problems:#?} after {passed:#?}");
        if name == "body" {
            break;
        }
        passed.push(name);
    }
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn focus_is_visible_at_every_step() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.open("/login").await;
    tab_through(&mut client, 20).await;
    client.sign_in("admin").await;
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
            client.emulate_color_scheme(scheme).await;
            client.open(path).await;
            let passed = tab_through(&mut client, 40).await;
            assert!(passed.len() > 5, "{path}: {passed:#?}");
            assert!(passed[0].contains("#content"), "{path}: {passed:#?}");
        }
    }
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn skip_link_jumps_past_the_menus() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.sign_in("admin").await;
    client.open("/t/shop/vms").await;
    assert_eq!(tab_through(&mut client, 1).await.len(), 1);
    client.press(ENTER).await;
    client
        .wait_until("document.activeElement.id === 'content'")
        .await;
    client.press(TAB).await;
    let inside = "document.querySelector('main').contains(document.activeElement)";
    assert!(client.evaluate::<bool>(inside).await);
    client.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn menu_opens_and_closes_with_the_keyboard() {
    let portal = portal().await;
    let mut client = TestClient::new(&portal).await;
    client.sign_in("admin").await;
    client.open("/t/shop").await;
    while !client
        .evaluate::<bool>("document.activeElement.matches('.user-menu summary')")
        .await
    {
        let passed = tab_through(&mut client, 1).await;
        assert_eq!(passed.len(), 1, "there is no such menu");
    }
    client.press(ENTER).await;
    client
        .wait_until("document.querySelector('.user-menu').open")
        .await;
    tab_through(&mut client, 3).await;
    client.press(ESCAPE).await;
    client
        .wait_until("!document.querySelector('.user-menu').open")
        .await;
    let back = "document.activeElement.matches('.user-menu summary')";
    assert!(
        client.evaluate::<bool>(back).await,
        "the focus is on the menu"
    );
    client.close().await;
}
