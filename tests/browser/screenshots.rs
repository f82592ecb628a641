//! The pictures in the README: taken anew with `SECMON_PORTAL_SCREENSHOTS=1`, and held against their description else.

use std::path::{Path, PathBuf};

use secmon_portal::{
    model::{Clock, Role},
    simulator::Options,
};

use crate::{
    portal::{TestPortal, options},
    visitor::TestClient,
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

/// The folder for the pictures; a temporary one is gone when it is dropped.
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
    let mut visitor = TestClient::of(&portal).await;
    visitor.resizes(SIZE.0.into(), SIZE.1.into()).await;
    visitor.signs_in("operator").await;
    let (folder, _temporary) = folder();

    visitor.opens("/t/shop/vms").await;
    for id in &portal.simulator.not_monitored_ids(0)[1..3] {
        visitor.clicks(&format!("input[value={id:?}]")).await;
    }
    let _: Option<bool> = visitor.reads("void scrollTo(0, 0)").await;
    takes(&visitor, &folder.join("vms.png")).await;

    opens_a_full_ticket(&portal, &mut visitor).await;
    takes(&visitor, &folder.join("ticket.png")).await;
    visitor.leaves().await;
}

async fn takes(visitor: &TestClient, file: &Path) {
    visitor.points_away().await;
    visitor
        .waits_until("!document.querySelector('main :hover')")
        .await;
    let picture = visitor.screenshot().await;
    assert_eq!(size(&picture), SIZE, "{}", file.display());
    assert!(picture.len() > 30_000, "{} shows little", file.display());
    std::fs::write(file, picture).expect("is written");
}

/// One that was described and whose analysis has a table.
async fn opens_a_full_ticket(portal: &TestPortal, visitor: &mut TestClient) {
    for id in portal.simulator.ticket_ids(0) {
        visitor.opens(&format!("/t/shop/tickets/{id}")).await;
        if visitor.sees("[data-part=analysis] table").await
            && !visitor.sees("[data-part=description] > .none").await
        {
            return;
        }
    }
    panic!("there is no full ticket");
}
