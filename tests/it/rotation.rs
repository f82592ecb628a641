//! Replacing the key that secrets are encrypted with, while portals run.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use secmon_portal::{
    model::{AppKey, Clock, PageNumber, TokenCredentials},
    store::{Action, AuditFilter, AuditRecord, Error, KeyError, KeyId, Rotated, Store},
};

use crate::support::{ACME_KEY, Database, PASSWORD, Portal, TOKEN, files_below, noon, open};

fn clock() -> Clock {
    Clock::stopped(noon())
}

/// Another process on the same database, with the same key file.
async fn another(portal: &Portal) -> Store {
    open(&portal.database, clock()).await
}

async fn rotate(store: &Store) -> Rotated {
    let by = AuditRecord::by_command_line();
    let rotated = store.rotate_key(None, &by).await;
    rotated.expect("the key is replaced")
}

async fn acme_key(store: &Store, portal: &Portal) -> Result<String, Error> {
    let access = store.api_access(&portal.team("acme").await).await?;
    let token = access.token.expect("was given");
    assert_eq!(format!("{}:{}", token.id(), token.expose_secret()), TOKEN);
    Ok(access.app_key.expose_secret().to_owned())
}

async fn set_key(store: &Store, portal: &Portal, key: &str) -> Result<(), Error> {
    let key = AppKey::parse(key).expect("a key");
    let token = TokenCredentials::parse(TOKEN).expect("credentials");
    let (acme, by) = (portal.team("acme").await, AuditRecord::by_command_line());
    store.set_team_key(&acme, &key, Some(&token), &by).await
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

fn old_files(folder: &Path) -> Vec<PathBuf> {
    let files = files_below(folder).into_iter().map(|(path, _)| path);
    files
        .filter(|path| path.to_string_lossy().contains(".old-"))
        .collect()
}

/// A day on which everything is done that leaves something in the database.
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
    portal.visitor().sign_in("nobody", PASSWORD).await;
    portal
}

#[tokio::test]
async fn every_secret_is_encrypted_anew_and_the_key_before_opens_nothing() {
    let portal = a_used_portal().await;
    let folder = portal.database.folder.path();
    let before = key_in_use(&portal.database).await;
    let (_, sealed) = sealed_with(&portal.database).await;
    let old_key = fs::read(portal.database.key_file()).expect("is there");
    let store = another(&portal).await;
    let rotated = rotate(&store).await;

    // A place of sealed texts that the new key does not reach would still name the key before.
    let (ids, count) = sealed_with(&portal.database).await;
    assert_eq!(ids.len(), 1);
    assert!(!ids.contains(&before), "{ids:?}");
    assert_eq!(count, sealed);
    // All but the text that the key is checked by.
    assert_eq!(rotated.secrets, sealed as u64 - 1);
    assert_eq!(acme_key(&store, &portal).await.expect("opens"), ACME_KEY);

    // The key before is kept, for copies of before, and is no key for this database.
    let old = rotated.old.expect("is kept");
    assert_eq!(fs::read(&old).expect("is there"), old_key);
    let mode = |file: &Path| fs::metadata(file).expect("is there").permissions().mode() & 0o777;
    assert_eq!((mode(&old), mode(&rotated.key_file)), (0o600, 0o600));
    let refused = portal.database.try_open(&old, clock()).await;
    assert!(refused.is_err());
    assert!(!folder.join("secret.key.new").exists());
    if portal.database.is_sqlite() {
        assert!(rotated.forgotten);
        for (path, content) in files_below(folder) {
            let mark = format!("sealed-{before}");
            let found = content.windows(mark.len()).any(|it| it == mark.as_bytes());
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
    assert_eq!(
        row.expect("is on record").object,
        ids.first().expect("has one").as_str()
    );
}

#[tokio::test]
async fn a_portal_that_runs_takes_the_new_key_without_a_restart() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = operator.get("/t/acme/vms").await.form("form#not-monitored");
    let form = form.check(&portal.vms(false, 1));
    for _ in 0..3 {
        rotate(&another(&portal).await).await;
        assert_eq!(operator.get("/t/acme/tickets").await.status, 200);
    }
    assert_eq!(operator.get("/readyz").await.status, 200);
    // A form of the first key still does its work, and only once.
    portal.changes();
    let done = operator.submit(&form).await;
    assert_eq!(done.status, 303);
    assert_eq!(operator.submit(&form).await.location(), done.location());
    assert_eq!(portal.changes().len(), 1);
    // What it writes from now on is sealed with the new key.
    let before = key_in_use(&portal.database).await;
    set_key(&portal.store, &portal, "another-key-of-acme")
        .await
        .expect("is set");
    assert_eq!(key_in_use(&portal.database).await, before);
}

#[tokio::test]
async fn a_form_of_a_key_that_a_portal_never_had_is_shown_again_filled() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let form = operator.get("/t/acme/vms").await.form("form#not-monitored");
    let vms = portal.vms(false, 2);
    let form = form.check(&vms);
    rotate(&another(&portal).await).await;
    let mut operator = portal.after_a_restart(&operator).await;
    portal.changes();
    let again = operator.submit(&form).await;
    assert_eq!(again.status, 422);
    assert_eq!(
        again
            .attributes("form.confirm input[name=id]", "value")
            .len(),
        2
    );
    assert_eq!(portal.changes(), []);
    let done = operator
        .submit_and_follow(&again.form("form.confirm"))
        .await;
    assert_eq!(done.status, 200);
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn a_portal_without_the_new_key_says_so_writes_nothing_and_goes_on_when_it_has_it() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    // The other portal's machine has a key file of its own.
    let theirs = tempfile::tempdir().expect("a folder");
    let their_file = theirs.path().join("their.key");
    fs::copy(portal.database.key_file(), &their_file).expect("is copied");
    let other = portal
        .database
        .try_open(&their_file, clock())
        .await
        .expect("opens");
    rotate(&other).await;

    let before = key_in_use(&portal.database).await;
    let page = operator.get("/t/acme/tickets").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.header("retry-after"), Some("60"));
    assert_eq!(page.texts("h1"), ["The portal's key was replaced"]);
    let ready = operator.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("key file"), "{}", ready.text);
    let refused = set_key(&portal.store, &portal, "a-key-that-is-lost").await;
    assert!(matches!(refused, Err(Error::KeyReplaced)), "{refused:?}");
    assert_eq!(key_in_use(&portal.database).await, before);
    // What needs no secret still works.
    assert_eq!(operator.get("/account").await.status, 200);

    fs::copy(&their_file, portal.database.key_file()).expect("is copied");
    assert_eq!(operator.get("/t/acme/tickets").await.status, 200);
    assert_eq!(operator.get("/readyz").await.status, 200);
    set_key(&portal.store, &portal, "a-key-that-is-kept")
        .await
        .expect("is set");
    assert_eq!(
        acme_key(&other, &portal).await.expect("opens"),
        "a-key-that-is-kept"
    );
}

/// Who is ended in the middle leaves files; these are all the states that they can be in.
#[tokio::test]
async fn whoever_is_ended_in_the_middle_loses_nothing() {
    let database = Database::new().await;
    let file = database.key_file();
    let new = file.with_extension("key.new");
    let store = open(&database, clock()).await;
    let first = fs::read(&file).expect("is there");
    // Before the commit: the next key was made, and the one in use has its second name.
    fs::write(&new, [5; 32]).expect("is written");
    let id = key_in_use(&database).await;
    let old = file.with_extension(format!("key.old-{id}"));
    fs::hard_link(&file, &old).expect("is linked");
    open(&database, clock()).await;
    assert_eq!(fs::read(&file).expect("is there"), first);
    rotate(&store).await;
    let second = fs::read(&file).expect("is there");
    assert_ne!(second, first);
    assert_ne!(second, [5; 32], "a key that somebody left is not taken");
    assert_eq!(fs::read(&old).expect("is kept"), first);
    assert!(!new.exists());

    // After the commit, before the rename; with and without the second name.
    for kept in [true, false] {
        fs::write(&new, &second).expect("is written");
        fs::write(&file, &first).expect("is written");
        if !kept {
            fs::remove_file(&old).expect("is there");
        }
        let (a, b) = tokio::join!(open(&database, clock()), open(&database, clock()));
        assert_eq!(fs::read(&file).expect("is there"), second);
        assert_eq!(fs::read(&old).expect("is kept"), first);
        assert!(!new.exists());
        drop((a, b));
    }
    // Even when the name of the key file was lost between the two.
    fs::rename(&file, &new).expect("is renamed");
    open(&database, clock()).await;
    assert_eq!(fs::read(&file).expect("is there"), second);

    // And when the next one replaces the key before anybody has ended the work.
    fs::write(&new, &second).expect("is written");
    fs::write(&file, &first).expect("is written");
    rotate(&store).await;
    let third = fs::read(&file).expect("is there");
    assert!(![&first, &second].contains(&&third));
    open(&database, clock()).await;
    let kept = old_files(database.folder.path());
    let kept: BTreeSet<Vec<u8>> = kept
        .iter()
        .map(|it| fs::read(it).expect("is there"))
        .collect();
    assert_eq!(kept, BTreeSet::from([first, second]));
}

#[tokio::test]
async fn several_who_replace_the_key_at_once_and_others_who_write_lose_nothing() {
    let portal = Portal::start().await;
    let (a, b) = (another(&portal).await, another(&portal).await);
    let writing = async {
        for number in 0..12 {
            let key = format!("key-number-{number:04}");
            set_key(&portal.store, &portal, &key).await.expect("is set");
            assert_eq!(acme_key(&portal.store, &portal).await.expect("opens"), key);
        }
    };
    let replacing = async |store: &Store| {
        for _ in 0..4 {
            rotate(store).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(writing, replacing(&a), replacing(&b));
    for store in [&a, &b, &portal.store, &another(&portal).await] {
        assert_eq!(
            acme_key(store, &portal).await.expect("opens"),
            "key-number-0011"
        );
    }
    key_in_use(&portal.database).await;
    // No key was ever lost.
    assert_eq!(old_files(portal.database.folder.path()).len(), 8);
}

#[tokio::test]
async fn a_key_of_one_s_own_is_taken_and_left_where_it_is() {
    let portal = Portal::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (own, drawn) = (folder.path().join("own"), folder.path().join("drawn"));
    fs::write(&own, "6f".repeat(32) + "\n").expect("is written");
    let store = another(&portal).await;
    let key_file = portal.database.key_file();
    let before = fs::read(&key_file).expect("is there");
    let by = AuditRecord::by_command_line();
    for given in [&own, &drawn] {
        let rotated = store.rotate_key(Some(given), &by).await.expect("is taken");
        assert_eq!((&rotated.key_file, rotated.old), (given, None));
        assert_eq!(fs::read(&key_file).expect("is there"), before);
        assert_eq!(acme_key(&store, &portal).await.expect("opens"), ACME_KEY);
        let opened = portal
            .database
            .try_open(given, clock())
            .await
            .expect("opens");
        assert_eq!(acme_key(&opened, &portal).await.expect("opens"), ACME_KEY);
        let refused = store.rotate_key(Some(given), &by).await;
        assert!(matches!(refused, Err(KeyError::Same(_))), "{refused:?}");
    }
    let mode = fs::metadata(&drawn).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Laid beside the key file before it counts, it is found there by those who run.
    let next = key_file.with_extension("key.new");
    store.rotate_key(Some(&next), &by).await.expect("is taken");
    assert_eq!(
        acme_key(&portal.store, &portal).await.expect("opens"),
        ACME_KEY
    );
}

#[tokio::test]
async fn what_cannot_be_done_changes_nothing() {
    let portal = Portal::start().await;
    let store = another(&portal).await;
    let folder = portal.database.folder.path();
    let key_file = portal.database.key_file();
    let key = fs::read(&key_file).expect("is there");
    let before = key_in_use(&portal.database).await;
    let refused = async |words: &str| {
        let refused = store
            .rotate_key(None, &AuditRecord::by_command_line())
            .await;
        let told = refused.expect_err("is refused").to_string();
        assert!(told.contains(words) && !told.contains('\n'), "{told}");
        assert_eq!(key_in_use(&portal.database).await, before);
        assert_eq!(fs::read(&key_file).expect("is there"), key);
        assert_eq!(old_files(folder), <[PathBuf; 0]>::default());
        assert_eq!(
            portal
                .sign_in("viewer")
                .await
                .get("/t/acme/tickets")
                .await
                .status,
            200
        );
    };
    // Nothing can be written where the next key would lie.
    let next = folder.join("secret.key.new");
    fs::create_dir(&next).expect("is made");
    refused("cannot write the key file").await;
    fs::remove_dir(&next).expect("is removed");
    // A secret was brought here from elsewhere.
    let moved = "update teams set token = (select app_key from teams where slug = 'acme')
         where slug = 'other'";
    assert_eq!(portal.database.sql(moved).await, 1);
    refused("the team's token credentials in the row").await;
    assert!(!next.exists());
    portal
        .database
        .sql("update teams set token = null where slug = 'other'")
        .await;
    rotate(&store).await;
    assert_eq!(
        portal
            .sign_in("viewer")
            .await
            .get("/t/acme/tickets")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_key_of_before_is_named_to_whoever_brings_back_an_old_database() {
    let database = Database::new().await;
    if !database.is_sqlite() {
        return;
    }
    open(&database, clock()).await.close().await;
    let file = database.folder.path().join("portal.db");
    let copy = fs::read(&file).expect("is there");
    let store = open(&database, clock()).await;
    let old = rotate(&store).await.old.expect("is kept");
    store.close().await;
    fs::write(&file, copy).expect("is brought back");
    let refused = database.try_open(&database.key_file(), clock()).await;
    let told = refused.expect_err("is refused").to_string();
    assert!(told.contains(&old.display().to_string()), "{told}");
    database.try_open(&old, clock()).await.expect("opens");
}

/// As secrets were sealed before keys had ids: nonce and ciphertext, and no more.
fn sealed_as_before(key: [u8; 32], place: &str, text: &str) -> String {
    let cipher = XChaCha20Poly1305::new(&key.into());
    let (msg, aad) = (text.as_bytes(), place.as_bytes());
    let sealed = cipher.encrypt(&XNonce::from([9; 24]), Payload { msg, aad });
    STANDARD.encode([&[9; 24], sealed.expect("is sealed").as_slice()].concat())
}

#[tokio::test]
async fn a_database_from_before_keys_had_ids_is_opened_and_can_get_a_new_key() {
    let portal = Portal::start().await;
    let key = [7; 32];
    let acme = portal.team("acme").await.id.0;
    let place = |column| format!("teams:{acme}:{column}");
    for statement in [
        "update teams set app_key = null, token = null where slug = 'other'".to_owned(),
        format!(
            "update teams set app_key = '{}', token = '{}' where slug = 'acme'",
            sealed_as_before(key, &place("app_key"), ACME_KEY),
            sealed_as_before(key, &place("token"), TOKEN),
        ),
        format!(
            "update facts set value = '{}' where name = 'key'",
            sealed_as_before(key, "facts:key", "secmon-portal"),
        ),
    ] {
        assert_eq!(portal.database.sql(&statement).await, 1);
    }
    fs::write(portal.database.key_file(), key).expect("is written");
    let store = another(&portal).await;
    assert_eq!(acme_key(&store, &portal).await.expect("opens"), ACME_KEY);
    assert_eq!(rotate(&store).await.secrets, 2);
    assert_eq!(acme_key(&store, &portal).await.expect("opens"), ACME_KEY);
    key_in_use(&portal.database).await;
}
