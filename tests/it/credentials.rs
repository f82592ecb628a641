//! Concurrent credential changes and logins, and the session limit of a user.

use std::collections::HashMap;

use chrono::TimeDelta;
use secmon_portal::{
    model::User,
    store::{AuditRecord, Identity, LinkOutcome, Sessions},
};
use tower_sessions::{
    SessionStore as _,
    session::{Id, Record},
};

use crate::support::{PASSWORD, Portal};

fn sessions(portal: &Portal) -> Sessions {
    portal.store.sessions(secmon_portal::store::SessionLimits {
        idle: TimeDelta::hours(8),
        most: TimeDelta::hours(24),
    })
}

/// Opens a session as after a verified login: its id, whether or not the store accepted it.
async fn open_session(portal: &Portal, user: &User) -> Id {
    let started = portal.clock.korean().to_rfc3339();
    let data = HashMap::from([
        (Sessions::USER.to_owned(), user.id.0.clone().into()),
        (Sessions::STARTED.to_owned(), started.into()),
        (
            Sessions::CREDENTIALS.to_owned(),
            user.credential_version.into(),
        ),
    ]);
    let mut record = Record {
        id: Id::default(),
        data,
        expiry_date: time::OffsetDateTime::UNIX_EPOCH + time::Duration::days(40_000),
    };
    let created = sessions(portal).create(&mut record).await;
    if let Err(error) = created {
        assert!(Sessions::is_refusal(&error.into()));
    }
    record.id
}

async fn opens(portal: &Portal, user: &User) -> bool {
    let id = open_session(portal, user).await;
    let opened = sessions(portal).load(&id).await.expect("is read");
    opened.is_some()
}

#[tokio::test]
async fn login_verified_before_a_change_opens_no_session() {
    let portal = Portal::start().await;
    let (store, by) = (&portal.store, AuditRecord::by_command_line());
    let verified = portal.user("viewer").await;
    assert!(opens(&portal, &verified).await);

    let set = store.set_password(&verified, "another hash", &by);
    set.await.expect("is set");
    assert!(!opens(&portal, &verified).await, "a new password");
    let step = store.start_mfa_challenge(&verified).await.expect("answers");
    assert_eq!(step, None, "nor a second step");

    let verified = portal.user("viewer").await;
    let reset = store.reset_password(&verified, &by);
    let token = reset.await.expect("is reset");
    assert!(!opens(&portal, &verified).await, "a reset password");

    let verified = portal.user("viewer").await;
    let chosen = store.choose_password(&verified, &token, "a third hash", &by);
    assert!(chosen.await.expect("is chosen"));
    assert!(!opens(&portal, &verified).await, "a chosen password");

    let verified = portal.user("viewer").await;
    store.disable_user(&verified, &by).await.expect("is done");
    assert!(!opens(&portal, &verified).await, "disabled");
    store.enable_user(&verified, &by).await.expect("is done");
    assert!(!opens(&portal, &verified).await, "disabled and enabled");
    assert!(opens(&portal, &portal.user("viewer").await).await);
}

#[tokio::test]
async fn login_by_a_replaced_identity_opens_no_session() {
    let portal = Portal::start().await;
    let (store, by) = (&portal.store, AuditRecord::by_command_line());
    let identity = |subject: &str| Identity {
        issuer: "https://issuer.example".to_owned(),
        subject: subject.to_owned(),
        name: "Kim".to_owned(),
    };
    for subject in ["first", "second"] {
        let verified = portal.user("viewer").await;
        let identity = identity(subject);
        let connected = store.link_identity(&verified, &identity, &by).await;
        assert_eq!(connected.expect("answers"), LinkOutcome::Linked);
        assert!(!opens(&portal, &verified).await, "{subject}");
    }
    let verified = store.user_by_identity("https://issuer.example", "second");
    let verified = verified.await.expect("is read").expect("is there");
    assert!(opens(&portal, &verified).await);
    let ended = store.unlink_identities(&verified, &by).await;
    assert!(ended.expect("is done").is_some());
    assert!(!opens(&portal, &verified).await, "disconnected");
}

#[tokio::test]
async fn second_factor_change_ends_logins_under_way() {
    let portal = Portal::start().await;
    let verified = portal.user("viewer").await;
    portal.with_second_factor("viewer").await;
    assert!(!opens(&portal, &verified).await, "turned on");
    let verified = portal.user("viewer").await;
    let by = AuditRecord::by_command_line();
    let reset = portal.store.reset_second_factor(&verified, &by).await;
    assert!(reset.expect("is done"));
    assert!(!opens(&portal, &verified).await, "taken away");
}

#[tokio::test]
async fn concurrent_password_change_is_refused() {
    let portal = Portal::start().await;
    let (store, by) = (&portal.store, AuditRecord::by_command_line());
    let verified = portal.user("viewer").await;
    store
        .reset_password(&verified, &by)
        .await
        .expect("is reset");
    let changed = store.change_password(&verified, "the guesser's", &by).await;
    assert!(changed.expect("answers").is_none());
    let has_password = store.has_password(&verified.id).await;
    assert!(!has_password.expect("is read"));
}

#[tokio::test]
async fn login_page_says_why_a_session_ended() {
    let portal = Portal::start().await;
    let mut client = portal.client();
    let page = client.get("/login?error=changed&next=/t/acme").await;
    let words = "Your account was changed while you were signing in. Please sign in again.";
    assert_eq!(page.alert(), words);
}

#[tokio::test]
async fn oldest_sessions_end_when_there_are_too_many() {
    let portal = Portal::start().await;
    let mut elsewhere = portal.sign_in("operator").await;
    let mut unused = portal.sign_in("viewer").await;
    let user = portal.user("viewer").await;
    portal.clock.advance(TimeDelta::seconds(1));
    for _ in 0..48 {
        open_session(&portal, &user).await;
    }
    portal.clock.advance(TimeDelta::minutes(10));
    let mut latest = portal.sign_in("viewer").await;
    assert_eq!(unused.clone().get("/account").await.status, 200);
    let page = latest.get("/account").await;
    assert_eq!(page.count("form[action='/account/sessions/end']"), 49);
    // Looking has used it: the one that ends is another one.
    portal.clock.advance(TimeDelta::minutes(10));
    assert_eq!(
        portal.client().sign_in("viewer", PASSWORD).await.status,
        303
    );
    assert_eq!(unused.get("/account").await.status, 200);
    let open = sessions(&portal).list(&user.id).await.expect("are read");
    assert_eq!(open.len(), 50);
    assert_eq!(elsewhere.get("/account").await.status, 200);
}

#[tokio::test]
async fn action_fails_when_its_audit_event_cannot_be_written() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("operator").await;
    let (mut half_way, code_page) = portal.half_way("operator").await;
    let mut viewer = portal.sign_in("viewer").await;
    let account = viewer.get("/account").await;
    let code = app.code(&portal);
    portal
        .database
        .sql("alter table audit rename to gone")
        .await;
    let form = account.form("form[action='/logout']");
    assert_eq!(viewer.clone().submit(&form).await.status, 500);
    assert_eq!(half_way.enters(&code_page, &code).await.status, 500);
    portal
        .database
        .sql("alter table gone rename to audit")
        .await;
    assert_eq!(viewer.get("/account").await.status, 200, "still signed in");
    let answer = half_way.enters(&code_page, &code).await;
    assert_eq!(answer.status, 303, "the code was not used up");
}
