//! Light and dark: as the reader's system has it, unless the reader chose.

use secmon_portal::model::Role;

use crate::{portal::TestPortal, visitor::TestClient};

/// How light the page and its words are, from 0 to 1.
async fn lightness(visitor: &TestClient) -> (f64, f64) {
    visitor
        .reads(
            "(() => {
                const [r, g, b, light] = [0.2126, 0.7152, 0.0722, color => {
                    const dot = document.createElement('canvas').getContext('2d');
                    dot.fillStyle = color;
                    dot.fillRect(0, 0, 1, 1);
                    const [red, green, blue] = dot.getImageData(0, 0, 1, 1).data;
                    return (r * red + g * green + b * blue) / 255;
                }];
                const seen = it => {
                    const color = getComputedStyle(it).backgroundColor;
                    return color === 'rgba(0, 0, 0, 0)' ? 'white' : color;
                };
                const page = document.body;
                return [light(seen(page)), light(getComputedStyle(page).color)];
            })()",
        )
        .await
}

async fn is_dark(visitor: &TestClient) -> bool {
    let (page, words) = lightness(visitor).await;
    assert!((page - words).abs() > 0.5, "readable: {page} on {words}");
    assert!(
        !(0.2..=0.8).contains(&page),
        "neither dark nor light: {page}"
    );
    page < 0.2
}

async fn chooses(visitor: &mut TestClient, theme: &str) {
    visitor.clicks(".user-menu summary").await;
    let button = format!("button[name=theme][value={theme}]");
    visitor.clicks_through(&button).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_dark_where_the_system_is_and_the_choice_is_stronger() {
    let portal = TestPortal::start().await;
    portal.add_user("viewer", "김조회", Role::Viewer).await;
    let mut visitor = TestClient::of(&portal).await;
    visitor.opens("/login").await;
    for (scheme, dark) in [("light", false), ("dark", true)] {
        visitor.prefers_scheme(scheme).await;
        assert_eq!(is_dark(&visitor).await, dark, "signing in, {scheme}");
    }
    visitor.signs_in("viewer").await;
    let ticket = format!("/t/shop/tickets/{}", portal.simulator.ticket_ids(0)[0]);
    for path in ["/t/shop", "/t/shop/vms", &ticket, "/account"] {
        visitor.opens(path).await;
        assert!(is_dark(&visitor).await, "{path}");
    }
    visitor.opens_failing("/nowhere").await;
    assert!(is_dark(&visitor).await, "an error");

    visitor.opens("/t/shop/vms?q=web").await;
    chooses(&mut visitor, "light").await;
    assert_eq!(visitor.path().await, "/t/shop/vms?q=web");
    assert!(!is_dark(&visitor).await, "light was chosen");
    visitor.opens("/t/shop").await;
    assert!(!is_dark(&visitor).await, "the choice is remembered");
    visitor.prefers_scheme("light").await;
    chooses(&mut visitor, "dark").await;
    assert!(is_dark(&visitor).await, "dark was chosen");
    chooses(&mut visitor, "system").await;
    assert!(!is_dark(&visitor).await, "as the system again");
    visitor.leaves().await;
}
