//! Light and dark theme: the user's choice, else the system's.

use secmon_portal::model::Role;

use crate::{client::TestClient, portal::TestPortal};

/// Lightness of the page and of its text, from 0 to 1.
async fn lightness(client: &TestClient) -> (f64, f64) {
    client
        .evaluate(
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

async fn is_dark(client: &TestClient) -> bool {
    let (page, words) = lightness(client).await;
    assert!((page - words).abs() > 0.5, "readable: {page} on {words}");
    assert!(
        !(0.2..=0.8).contains(&page),
        "neither dark nor light: {page}"
    );
    page < 0.2
}

async fn choose_theme(client: &mut TestClient, theme: &str) {
    client.click(".user-menu summary").await;
    let button = format!("button[name=theme][value={theme}]");
    client.click_and_wait(&button).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn theme_follows_system_unless_chosen() {
    let portal = TestPortal::start().await;
    portal.add_user("viewer", "김조회", Role::Viewer).await;
    let mut client = TestClient::new(&portal).await;
    client.open("/login").await;
    for (scheme, dark) in [("light", false), ("dark", true)] {
        client.emulate_color_scheme(scheme).await;
        assert_eq!(is_dark(&client).await, dark, "signing in, {scheme}");
    }
    client.sign_in("viewer").await;
    let ticket = format!("/t/shop/tickets/{}", portal.simulator.ticket_ids(0)[0]);
    for path in ["/t/shop", "/t/shop/vms", &ticket, "/account"] {
        client.open(path).await;
        assert!(is_dark(&client).await, "{path}");
    }
    client.open_failing("/nowhere").await;
    assert!(is_dark(&client).await, "an error");

    client.open("/t/shop/vms?q=web").await;
    choose_theme(&mut client, "light").await;
    assert_eq!(client.path().await, "/t/shop/vms?q=web");
    assert!(!is_dark(&client).await, "light was chosen");
    client.open("/t/shop").await;
    assert!(!is_dark(&client).await, "the choice is remembered");
    client.emulate_color_scheme("light").await;
    choose_theme(&mut client, "dark").await;
    assert!(is_dark(&client).await, "dark was chosen");
    choose_theme(&mut client, "system").await;
    assert!(!is_dark(&client).await, "as the system again");
    client.close().await;
}
