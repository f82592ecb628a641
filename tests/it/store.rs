//! The store on both engines: encryption, concurrency, durability.

mod secrets;

use chrono::TimeDelta;
use secmon_portal::{
    model::{Clock, PageNumber, Region},
    store::{Action, AuditFilter, AuditRecord, Error, Outcome, SessionLimits, Sessions, SignIn},
};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore as _,
    session::{Id, Record},
};

use crate::support::{Database, Portal, new_user, noon, open};

fn clock() -> Clock {
    Clock::stopped(noon())
}

#[tokio::test]
async fn forty_concurrent_changes_lose_nothing() {
    let database = Database::new().await;
    // As two processes do: the portal, and the command line.
    let stores = [
        open(&database, clock()).await,
        open(&database, clock()).await,
    ];
    let by = AuditRecord::by_command_line();
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (store, by) = (stores[number % 2].clone(), by.clone());
        changes.spawn(async move {
            let user = new_user(&format!("user-{number}"), Vec::new(), "no hash");
            store.add_user(&user, &by).await.expect("is added");
            let record = by.on("something");
            store
                .audit(&record, Action::Opened, Outcome::Done)
                .await
                .expect("is written");
        });
    }
    changes.join_all().await;
    assert_eq!(stores[0].users().await.expect("are read").len(), 40);
    let counted = "update audit set object = object";
    assert_eq!(database.sql(counted).await, 80);
}

#[tokio::test]
async fn concurrent_users_of_one_name_add_one() {
    let database = Database::new().await;
    let store = open(&database, clock()).await;
    let by = AuditRecord::by_command_line();
    let user = new_user("kim", Vec::new(), "no hash");
    let (first, second) = tokio::join!(store.add_user(&user, &by), store.add_user(&user, &by));
    let taken = [first, second].into_iter().filter_map(Result::err);
    let taken: Vec<_> = taken.collect();
    assert!(matches!(taken.as_slice(), [Error::Taken]), "{taken:?}");
}

#[tokio::test]
async fn concurrent_portals_migrate_a_new_database() {
    let database = Database::new().await;
    let key_file = database.key_file();
    let open = || database.try_open(&key_file, clock());
    let (a, b, c, d) = tokio::join!(open(), open(), open(), open());
    let stores = [a, b, c, d].map(|store| store.expect("opens"));
    // They all have the same key.
    let sealed = stores[0].keys().seal("a place", "a secret");
    for store in stores {
        let opened = store.keys().open("a place", &sealed);
        assert_eq!(opened.as_deref(), Some("a secret"));
    }
}

#[tokio::test]
async fn audit_events_of_a_removed_team_stay() {
    let portal = Portal::start().await;
    let acme = portal.team("acme").await;
    let by = AuditRecord::by_command_line();
    portal
        .store
        .remove_team(&acme, &by)
        .await
        .expect("is removed");
    let audit = portal
        .store
        .audit_of_team(&acme.id, &AuditFilter::default(), PageNumber::FIRST)
        .await;
    let audit = audit.expect("is read");
    assert_eq!(audit.rows[0].action, Action::TeamRemoved);
    assert!(audit.rows.iter().any(|row| row.action == Action::TeamAdded));
    assert!(portal.store.api_access(&acme).await.is_err());
    assert_eq!(
        portal.sign_in("viewer").await.get("/t/acme").await.status,
        404
    );
}

#[tokio::test]
async fn new_team_key_counts_from_the_next_request() {
    let portal = Portal::start().await;
    let mut stranger = portal.sign_in("stranger").await;
    let wrong = secmon_portal::model::AppKey::parse("NobodysKey0123456789").expect("a key");
    let (other, by) = (portal.team("other").await, AuditRecord::by_command_line());
    let set = portal.store.set_team_key(&other, &wrong, None, &by).await;
    set.expect("is set");
    let page = stranger.get("/t/other/tickets").await;
    assert_eq!(page.texts("h1"), ["The API did not accept this team's key"]);
}

#[tokio::test]
async fn ended_session_is_not_revived_by_a_request_under_way() {
    let database = Database::new().await;
    let limits = SessionLimits {
        idle: TimeDelta::hours(8),
        most: TimeDelta::hours(24),
    };
    let store = open(&database, clock()).await;
    let by = AuditRecord::by_command_line();
    let user = store
        .add_user(&new_user("viewer", Vec::new(), ""), &by)
        .await;
    let sessions = store.sessions(limits);
    let mut record = Record {
        id: Id::default(),
        data: [
            (Sessions::USER.to_owned(), user.expect("is added").0.into()),
            (
                Sessions::STARTED.to_owned(),
                clock().korean().to_rfc3339().into(),
            ),
            (Sessions::CREDENTIALS.to_owned(), 0.into()),
        ]
        .into(),
        expiry_date: OffsetDateTime::from_unix_timestamp(4_000_000_000).expect("a time"),
    };
    sessions.create(&mut record).await.expect("is made");
    assert!(sessions.load(&record.id).await.expect("is read").is_some());
    sessions.delete(&record.id).await.expect("is ended");
    sessions.save(&record).await.expect("is no error");
    assert!(sessions.load(&record.id).await.expect("is read").is_none());
    // A sign-in by an identity that was disconnected meanwhile opens none.
    let sign_in = SignIn {
        username: "viewer".to_owned(),
        request_id: "r".to_owned(),
        address: None,
        identity: Some(("https://issuer.example".to_owned(), "sub".to_owned())),
    };
    let sign_in = serde_json::to_value(sign_in).expect("is JSON");
    record.data.insert(Sessions::SIGN_IN.to_owned(), sign_in);
    let refused = sessions.create(&mut record).await.expect_err("is refused");
    assert!(Sessions::is_refusal(&refused.into()));
    assert!(sessions.load(&record.id).await.expect("is read").is_none());
}

#[tokio::test]
async fn deadlocked_transaction_is_retried() {
    let portal = Portal::start().await;
    if portal.database.is_sqlite() {
        return;
    }
    let acme = portal.team("acme").await;
    let mut other = AnyConnection::connect(&portal.database.url)
        .await
        .expect("connects");
    // The portal's connection detects the deadlock, and loses.
    for statement in [
        "set deadlock_timeout = '1min'",
        "begin",
        "update settings set value = value where name = 'audit-head'",
    ] {
        other.execute(statement).await.expect("is executed");
    }
    let store = portal.store.clone();
    let team = acme.clone();
    let renaming = tokio::spawn(async move {
        let by = AuditRecord::by_command_line();
        store.change_team(&team, "Acme 2", Region::Kr2, &by).await
    });
    let waiting = "select count(*) from pg_stat_activity
         where pg_backend_pid() = any (pg_blocking_pids(pid))";
    loop {
        let waiting: i64 = sqlx::query_scalar(waiting)
            .fetch_one(&mut other)
            .await
            .expect("is counted");
        if waiting > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    sqlx::query("update teams set name = name where id = $1")
        .bind(&acme.id.0)
        .execute(&mut other)
        .await
        .expect("goes on once the portal's side is given up");
    other.execute("commit").await.expect("is committed");
    let renamed = renaming.await.expect("does not panic");
    assert!(renamed.expect("is repeated"));
    assert_eq!(portal.team("acme").await.name, "Acme 2");
}

#[tokio::test]
async fn readiness_detects_a_read_only_database() {
    let portal = Portal::start().await;
    let (refuse, allow) = if portal.database.is_sqlite() {
        (
            "create trigger full before update on settings begin select raise(abort, 'full'); end",
            "drop trigger full",
        )
    } else {
        (
            "alter table settings add constraint is_full check (name <> 'write-probe') not valid",
            "alter table settings drop constraint is_full",
        )
    };
    portal.database.sql(refuse).await;
    let ready = portal.client().get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("takes no changes"), "{}", ready.text);
    portal.database.sql(allow).await;
    assert_eq!(portal.client().get("/readyz").await.status, 200);
}
