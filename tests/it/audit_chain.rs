//! The hash chain of the audit log: tampering is detected and located.

use secmon_portal::{
    model::{ChainBreak, Clock},
    store::{Action, AuditRecord, AuditVerifyError, Outcome, Store},
};

use crate::support::{Database, noon, open};

/// A log of six rows.
async fn six_rows() -> (Database, Store) {
    let database = Database::new().await;
    let store = open(&database, Clock::stopped(noon())).await;
    for _ in 0..6 {
        write(&store).await;
    }
    (database, store)
}

async fn write(store: &Store) {
    let by = AuditRecord::by_command_line().on("something");
    let written = store.audit(&by, Action::Opened, Outcome::Done).await;
    written.expect("is written");
}

async fn verified(store: &Store) -> Result<i64, ChainBreak> {
    match store.verify_audit().await {
        Ok(rows) => Ok(rows),
        Err(AuditVerifyError::Broken(broken)) => Err(broken),
        Err(AuditVerifyError::Store(error)) => panic!("{error}"),
    }
}

#[tokio::test]
async fn untouched_log_is_whole() {
    let (_database, store) = six_rows().await;
    assert_eq!(verified(&store).await, Ok(6));
}

#[tokio::test]
async fn altered_row_is_named() {
    for change in [
        "update audit set actor_name = 'somebody else' where position = 4",
        "update audit set at = at + 1 where position = 4",
        "update audit set outcome = 'refused' where position = 4",
        "update audit set address = '' where position = 4",
        "update audit set object = 'done', outcome = 'something' where position = 4",
        "update audit set hash = 'x' where position = 4",
    ] {
        let (database, store) = six_rows().await;
        assert_eq!(database.sql(change).await, 1);
        assert_eq!(
            verified(&store).await,
            Err(ChainBreak::Altered(4)),
            "{change}"
        );
    }
}

#[tokio::test]
async fn removed_row_is_named() {
    for (change, first) in [
        ("delete from audit where position = 1", 1),
        ("delete from audit where position in (3, 5)", 3),
        // Also the last row, which no hash covers: the head holds its position.
        ("delete from audit where position = 6", 6),
        ("delete from audit where position >= 5", 5),
        ("delete from audit", 1),
    ] {
        let (database, store) = six_rows().await;
        database.sql(change).await;
        assert_eq!(
            verified(&store).await,
            Err(ChainBreak::Removed(first)),
            "{change}"
        );
    }
}

#[tokio::test]
async fn row_inserted_at_the_end_is_named() {
    let (database, store) = six_rows().await;
    let copied = database
        .sql(
            "insert into audit (position, at, actor_name, action, object, outcome, hash)
             select 7, at, actor_name, action, object, outcome, hash from audit where position = 6",
        )
        .await;
    assert_eq!(copied, 1);
    assert_eq!(verified(&store).await, Err(ChainBreak::PutIn(7)));
}

#[tokio::test]
async fn row_inserted_in_between_is_named() {
    let (database, store) = six_rows().await;
    // In two steps: no two rows may have one position, not even for a moment.
    for shift in [
        "update audit set position = -position where position >= 4",
        "update audit set position = 1 - position where position < 0",
    ] {
        assert_eq!(database.sql(shift).await, 3);
    }
    let copied = database
        .sql(
            "insert into audit (position, at, actor_name, action, object, outcome, hash)
             select 4, at, actor_name, action, object, outcome, hash from audit where position = 3",
        )
        .await;
    assert_eq!(copied, 1);
    assert_eq!(verified(&store).await, Err(ChainBreak::Altered(4)));
}

#[tokio::test]
async fn concurrent_portals_keep_one_chain() {
    let database = Database::new().await;
    let one = open(&database, Clock::stopped(noon())).await;
    let other = open(&database, Clock::stopped(noon())).await;
    let writes = (0..40).map(|n| {
        let store = if n % 2 == 0 {
            one.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move { write(&store).await })
    });
    let writes: Vec<_> = writes.collect();
    for write in writes {
        write.await.expect("writes");
    }
    assert_eq!(verified(&one).await, Ok(40));
}
