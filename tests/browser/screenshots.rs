//! The screenshots of the README: renewed with `SECMON_PORTAL_SCREENSHOTS=1`, else only checked.

use std::path::{Path, PathBuf};

use secmon_portal::{
    model::{Clock, Role},
    simulator::Options,
};

use crate::{
    client::TestClient,
    portal::{TestPortal, options},
};

const SIZE: (u32, u32) = (1280, 900);

/// Width and height of a PNG, from its first chunk.
fn size(picture: &[u8]) -> (u32, u32) {
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| {
        let bytes = picture[at..at + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    (number(16), number(20))
}

/// The folder for the pictures, and the guard that removes a temporary one.
fn folder() -> (PathBuf, Option<tempfile::TempDir>) {
    if std::env::var_os("SECMON_PORTAL_SCREENSHOTS").is_some_and(|wanted| wanted == "1") {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots");
        std::fs::create_dir_all(&folder).expect("a folder");
        return (folder, None);
    }
    let folder = tempfile::tempdir().expect("a folder");
    (folder.path().to_owned(), Some(folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn screenshots() {
    let monday = "2026-03-02T10:24:00+09:00".parse().expect("a time");
    let portal = TestPortal::start_with(
        Options {
            seed: 3,
            now: Clock::stopped(monday),
            ..options()
        },
        ["쇼핑몰 운영팀", "뱅킹 플랫폼팀"],
    )
    .await;
    portal.add_user("operator", "박운영", Role::Operator).await;
    let mut client = TestClient::new(&portal).await;
    client.resize(SIZE.0.into(), SIZE.1.into()).await;
    client.sign_in("operator").await;
    let (folder, _temporary) = folder();

    client.open("/t/shop/vms").await;
    for id in &portal.simulator.not_monitored_ids(0)[1..3] {
        client.click(&format!("input[value={id:?}]")).await;
    }
    let _: Option<bool> = client.evaluate("void scrollTo(0, 0)").await;
    take_screenshot(&client, &folder.join("vms.png")).await;

    open_full_ticket(&portal, &mut client).await;
    take_screenshot(&client, &folder.join("ticket.png")).await;
    client.close().await;
}

async fn take_screenshot(client: &TestClient, file: &Path) {
    client.move_mouse_away().await;
    client
        .wait_until("!document.querySelector('main :hover')")
        .await;
    let picture = client.screenshot().await;
    assert_eq!(size(&picture), SIZE, "{}", file.display());
    assert!(picture.len() > 30_000, "{} shows little", file.display());
    std::fs::write(file, picture).expect("is written");
}

/// A ticket with a description, and with a table in its analysis.
async fn open_full_ticket(portal: &TestPortal, client: &mut TestClient) {
    for id in portal.simulator.ticket_ids(0) {
        client.open(&format!("/t/shop/tickets/{id}")).await;
        if client.is_visible("[data-part=analysis] table").await
            && !client
                .is_visible("[data-part=description] > .empty-value")
                .await
        {
            return;
        }
    }
    panic!("there is no full ticket");
}
