//! Secrets at rest: encryption and key files.

use std::os::unix::fs::PermissionsExt as _;

use secmon_portal::{
    model::ApiAccess,
    store::{Error, Store},
};

use super::clock;
use crate::support::{ACME_KEY, Database, OTHER_KEY, PASSWORD, Portal, TOKEN, files_below, open};

#[tokio::test]
async fn team_key_and_token_round_trip() {
    let portal = Portal::start().await;
    let acme = access(&portal.store, &portal, "acme").await.expect("opens");
    assert_eq!(acme.app_key.expose_secret(), ACME_KEY);
    let token = acme.token.expect("was given");
    assert_eq!(format!("{}:{}", token.id(), token.expose_secret()), TOKEN);
    let other = access(&portal.store, &portal, "other")
        .await
        .expect("opens");
    assert!(other.token.is_none());
}

async fn access(store: &Store, portal: &Portal, slug: &str) -> Result<ApiAccess, Error> {
    store.api_access(&portal.team(slug).await).await
}

#[tokio::test]
async fn database_copy_without_the_key_reveals_no_secret() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    viewer.get("/t/acme/vms").await;
    let session = viewer.cookies["secmon_portal_session"].clone();
    if !portal.database.is_sqlite() {
        return;
    }
    let files = files_below(portal.database.folder.path());
    assert!(files.iter().any(|(path, _)| path.ends_with("portal.db")));
    let (token_id, token_secret) = TOKEN.split_once(':').expect("has two halves");
    for (path, content) in files {
        for secret in [
            ACME_KEY,
            OTHER_KEY,
            token_id,
            token_secret,
            PASSWORD,
            &session,
        ] {
            let found = content
                .windows(secret.len())
                .any(|pair| pair == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
}

#[tokio::test]
async fn secret_moved_to_another_row_does_not_open() {
    let portal = Portal::start().await;
    let moved = "update teams set app_key = (select app_key from teams where slug = 'acme')
         where slug = 'other'";
    assert_eq!(portal.database.sql(moved).await, 1);
    let opened = access(&portal.store, &portal, "other").await;
    assert!(matches!(opened, Err(Error::Unreadable(_))), "{opened:?}");
    let page = portal.sign_in("stranger").await.get("/t/other/vms").await;
    assert_eq!(page.status, 500);
    assert!(access(&portal.store, &portal, "acme").await.is_ok());
    let swapped = "update teams set token = app_key where slug = 'acme'";
    assert_eq!(portal.database.sql(swapped).await, 1);
    assert!(access(&portal.store, &portal, "acme").await.is_err());
}

#[tokio::test]
async fn key_file_is_private_and_kept() {
    let database = Database::new().await;
    let store = open(&database, clock()).await;
    let file = database.key_file();
    let mode = std::fs::metadata(&file)
        .expect("is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = std::fs::read(&file).expect("can be read");
    assert_eq!(key.len(), 32);
    store.close().await;
    open(&database, clock()).await;
    assert_eq!(std::fs::read(&file).expect("can be read"), key);
}

#[tokio::test]
async fn invalid_key_is_refused_and_never_overwritten() {
    let database = Database::new().await;
    open(&database, clock()).await.close().await;
    let folder = database.folder.path();
    for (name, content, reason) in [
        ("wrong.key", Some(vec![7; 32]), "is not the one that"),
        (
            "short.key",
            Some(vec![7; 31]),
            "does not hold a key of 32 bytes",
        ),
        (
            "empty.key",
            Some(Vec::new()),
            "does not hold a key of 32 bytes",
        ),
        (
            "text.key",
            Some(b"not a key\n".to_vec()),
            "does not hold a key of 32 bytes",
        ),
        ("missing.key", None, "is missing"),
    ] {
        let file = folder.join(name);
        if let Some(content) = &content {
            std::fs::write(&file, content).expect("is written");
        }
        let refused = database.try_open(&file, clock()).await;
        let told = refused.expect_err("is refused").to_string();
        assert!(told.contains(reason) && told.contains(name), "{told}");
        assert!(!told.contains('\n'), "{told}");
        assert_eq!(std::fs::read(&file).ok(), content, "{name}");
    }
    open(&database, clock()).await;
}
