//! Key rotation while portals run.

use std::{collections::BTreeSet, fs, path::Path};

use secmon_portal::{
    model::{AppKey, Clock, PageNumber, Region, TokenCredentials},
    store::{
        Action, AuditFilter, AuditRecord, Error, KeyError, KeyFiles, KeyId, NewTeam, OpenError,
        Store,
    },
};

use crate::support::{ACME_KEY, Database, PASSWORD, Portal, TOKEN, files_below, noon, open};

fn clock() -> Clock {
    Clock::stopped(noon())
}

/// A store that encrypts with `current`.
async fn open_with(database: &Database, current: &Path, old: &[&Path]) -> Result<Store, OpenError> {
    let key_files = KeyFiles {
        current: current.to_owned(),
        old: old.iter().map(|path| (*path).to_owned()).collect(),
    };
    Store::open(&database.url, key_files, clock()).await
}

async fn rotate(store: &Store) -> u64 {
    let rotated = store.rotate_key(&AuditRecord::by_command_line()).await;
    rotated.expect("the key is replaced").secrets
}

async fn acme_key(store: &Store, portal: &Portal) -> Result<String, Error> {
    let access = store.api_access(&portal.team("acme").await).await?;
    let token = access.token.expect("was given");
    assert_eq!(format!("{}:{}", token.id(), token.expose_secret()), TOKEN);
    Ok(access.app_key.expose_secret().to_owned())
}

async fn set_key(store: &Store, portal: &Portal, key: &str) {
    let key = AppKey::parse(key).expect("a key");
    let token = TokenCredentials::parse(TOKEN).expect("credentials");
    let (acme, by) = (portal.team("acme").await, AuditRecord::by_command_line());
    let set = store.set_team_key(&acme, &key, Some(&token), &by).await;
    set.expect("is set");
}

/// The ids of the keys that anything in the database is sealed with, and how many texts are.
async fn sealed_with(database: &Database) -> (BTreeSet<String>, usize) {
    let texts = database.texts().await;
    let ids = texts.iter().filter_map(|(_, text)| KeyId::named_in(text));
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let count = ids.len();
    (ids.into_iter().collect(), count)
}

async fn key_in_use(database: &Database) -> String {
    let (mut ids, _) = sealed_with(database).await;
    assert_eq!(ids.len(), 1, "one key for all: {ids:?}");
    ids.pop_first().expect("has one")
}

/// A portal with every kind of secret in its database.
async fn a_used_portal() -> Portal {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = operator.get("/t/acme/vms").await.form("form#not-monitored");
    let done = operator
        .submit_and_follow(&form.check(&portal.vms(false, 2)))
        .await;
    assert_eq!(done.status, 200);
    portal.sign_in("site-admin").await;
    portal.with_second_factor("viewer").await;
    let mut manager = portal.sign_in("manager").await;
    manager.post("/account/second-factor/start", &[]).await;
    portal.client().sign_in("nobody", PASSWORD).await;
    portal
}

#[tokio::test]
async fn every_secret_moves_to_the_current_key() {
    let portal = a_used_portal().await;
    let before = key_in_use(&portal.database).await;
    let (_, sealed) = sealed_with(&portal.database).await;
    let rotated = portal.database.rotate_key(clock()).await;

    let (ids, count) = sealed_with(&portal.database).await;
    assert_eq!(ids.len(), 1);
    assert!(!ids.contains(&before), "{ids:?}");
    assert_eq!(count, sealed);
    // All but the text that the key is checked by.
    assert_eq!(rotated.secrets, sealed as u64 - 1);
    let next = portal.database.next_key_file();
    let alone = portal.database.try_open(&next, clock()).await;
    let alone = alone.expect("the new key is enough");
    assert_eq!(acme_key(&alone, &portal).await.expect("opens"), ACME_KEY);
    let refused = portal
        .database
        .try_open(&portal.database.key_file(), clock())
        .await;
    let refused = refused.expect_err("the key before is not");
    assert!(
        matches!(refused, OpenError::Key(KeyError::Wrong(_))),
        "{refused}"
    );
    if portal.database.is_sqlite() {
        assert!(rotated.forgotten);
        for (path, content) in files_below(portal.database.folder.path()) {
            let mark = format!("sealed-{before}");
            let found = content
                .windows(mark.len())
                .any(|part| part == mark.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
    let audit = portal
        .store
        .audit_of_site(&AuditFilter::default(), PageNumber::FIRST)
        .await;
    let audit = audit.expect("is read");
    let row = audit
        .rows
        .iter()
        .find(|row| row.action == Action::SecretKeyReplaced);
    let id = ids.first().expect("has one").as_str();
    assert_eq!(row.expect("is on record").object, id);
    assert_eq!(rotate(&alone).await, 0);
}

#[tokio::test]
async fn portal_with_both_keys_goes_on_during_a_rotation() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = operator.get("/t/acme/vms").await.form("form#not-monitored");
    let form = form.check(&portal.vms(false, 2));
    portal.database.rotate_key(clock()).await;
    assert_eq!(operator.get("/t/acme/tickets").await.status, 200);
    assert_eq!(operator.get("/readyz").await.status, 200);
    // A form sealed with the first key still works, once.
    portal.changes();
    let done = operator.submit(&form).await;
    assert_eq!(done.status, 303);
    assert_eq!(operator.submit(&form).await.location(), done.location());
    assert_eq!(portal.changes().len(), 1);
    // Secrets written with the earlier key move at the next run.
    set_key(&portal.store, &portal, "another-key-of-acme").await;
    assert_eq!(sealed_with(&portal.database).await.0.len(), 2);
    assert_eq!(portal.database.rotate_key(clock()).await.secrets, 2);
    let next = portal.database.next_key_file();
    let alone = portal.database.try_open(&next, clock()).await;
    let key = acme_key(&alone.expect("opens"), &portal).await;
    assert_eq!(key.expect("opens"), "another-key-of-acme");
}

#[tokio::test]
async fn portal_without_the_new_key_says_so_until_it_has_it() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let third = portal.database.folder.path().join("third.key");
    fs::write(&third, [9; 32]).expect("is written");
    let own = portal.database.key_file();
    let store = open_with(&portal.database, &third, &[&own]).await;
    rotate(&store.expect("opens")).await;
    let page = operator.get("/t/acme/tickets").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.header("retry-after"), Some("60"));
    assert_eq!(page.texts("h1"), ["The portal's key was replaced"]);
    let ready = operator.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(
        ready.text.contains("does not have the new one"),
        "{}",
        ready.text
    );
    // Pages without secrets still work.
    assert_eq!(operator.get("/account").await.status, 200);
}

#[tokio::test]
async fn rotation_moves_batches_while_others_write() {
    let portal = Portal::start().await;
    let by = AuditRecord::by_command_line();
    for number in 0..120 {
        let team = NewTeam {
            slug: format!("team-{number}").parse().expect("a slug"),
            name: "Team".to_owned(),
            region: Region::Kr1,
            app_key: AppKey::parse(&format!("key-number-{number:04}")).expect("a key"),
            token: None,
        };
        portal.store.add_team(&team, &by).await.expect("is added");
    }
    let (own, next) = (portal.database.key_file(), portal.database.next_key_file());
    let new = open_with(&portal.database, &next, &[&own]).await;
    let (new, old) = (new.expect("opens"), open(&portal.database, clock()).await);
    let writing = async {
        for number in 0..12 {
            let store = if number % 2 == 0 { &new } else { &old };
            let key = format!("acme-number-{number:04}");
            set_key(store, &portal, &key).await;
            assert_eq!(acme_key(&old, &portal).await.expect("opens"), key);
            assert_eq!(acme_key(&new, &portal).await.expect("opens"), key);
        }
    };
    let ((), first, second) = tokio::join!(writing, rotate(&new), rotate(&new));
    assert!(first + second > 0);
    rotate(&new).await;
    key_in_use(&portal.database).await;
    let key = acme_key(&new, &portal).await;
    assert_eq!(key.expect("opens"), "acme-number-0011");
    for number in [0, 99, 100, 119] {
        let team = portal.team(&format!("team-{number}")).await;
        let access = new.api_access(&team).await.expect("opens");
        let key = format!("key-number-{number:04}");
        assert_eq!(access.app_key.expose_secret(), key);
    }
}

#[tokio::test]
async fn undecryptable_secret_is_named() {
    let portal = Portal::start().await;
    let (own, next) = (portal.database.key_file(), portal.database.next_key_file());
    let moved = "update teams set token = (select app_key from teams where slug = 'acme')
         where slug = 'other'";
    assert_eq!(portal.database.sql(moved).await, 1);
    let store = open_with(&portal.database, &next, &[&own]).await;
    let store = store.expect("opens");
    let by = AuditRecord::by_command_line();
    let told = store
        .rotate_key(&by)
        .await
        .expect_err("is refused")
        .to_string();
    assert!(
        told.starts_with("the team's token credentials in the row"),
        "{told}"
    );
    assert!(!told.contains('\n'), "{told}");
    let mut viewer = portal.sign_in("viewer").await;
    assert_eq!(viewer.get("/t/acme/tickets").await.status, 200);
    portal
        .database
        .sql("update teams set token = null where slug = 'other'")
        .await;
    rotate(&store).await;
    key_in_use(&portal.database).await;
}
