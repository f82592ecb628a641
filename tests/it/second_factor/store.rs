//! Stored second factors: encrypted, and single-use across portals.

use secmon_portal::{
    auth::LoginRateLimiter,
    model::{Actor, User, Via},
    store::{AuditRecord, Error, ProofUse, SecondFactor, SecondProof, Store},
};

use crate::support::{PASSWORD, Portal, files_below, open};

async fn other_portal(portal: &Portal) -> Store {
    open(&portal.database, portal.clock.clone()).await
}

/// Uses the code of a time step in that store.
async fn use_step(store: &Store, user: &User, factor: &SecondFactor, step: i64) -> ProofUse {
    let limiter = LoginRateLimiter::new(store.clone());
    let attempt = limiter.begin_code(&user.id, None).await;
    let attempt = attempt.expect("need not wait");
    let turned_on_at = factor.turned_on_at;
    let proof = SecondProof::TimeStep { step, turned_on_at };
    let by = AuditRecord::by(Actor::user(user, Via::Anonymous));
    let outcome = store.use_second_proof(user, &proof, &attempt, &by);
    outcome.await.expect("is written")
}

#[tokio::test]
async fn concurrent_portals_accept_a_time_step_once() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    let stores = [portal.store.clone(), other_portal(&portal).await];
    let user = portal.user("viewer").await;
    let step = portal.clock.now().timestamp() / 30;
    let mut tries = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, user) = (stores[number % 2].clone(), user.clone());
        tries.spawn(async move {
            let factor = store.second_factor(&user.id).await.expect("is read");
            use_step(&store, &user, &factor.expect("is on"), step).await
        });
    }
    let allowed = tries.join_all().await;
    let right = allowed
        .iter()
        .filter(|outcome| **outcome != ProofUse::Wrong);
    assert_eq!(right.count(), 1);
}

#[tokio::test]
async fn time_step_of_a_replaced_factor_is_refused() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    let user = portal.user("viewer").await;
    let factor = portal.store.second_factor(&user.id).await.expect("is read");
    let replaced = "update second_factors set turned_on_at = turned_on_at + 1, last_step = 0";
    assert_eq!(portal.database.sql(replaced).await, 1);
    let factor = factor.expect("is on");
    let outcome = use_step(&portal.store, &user, &factor, 60_000_000).await;
    assert_eq!(outcome, ProofUse::Wrong);
}

#[tokio::test]
async fn database_copy_holds_no_totp_secret_or_code() {
    let portal = Portal::start().await;
    let mut manager = portal.sign_in("manager").await;
    let page = manager.get("/account/second-factor").await;
    let start = page.form("form[action='/account/second-factor/start']");
    let page = manager.submit_and_follow(&start).await;
    let offered = crate::support::Authenticator::scan(&page).secret();
    let (app, codes) = portal.with_second_factor("viewer").await;
    let (half_way, _) = portal.half_way("viewer").await;
    if !portal.database.is_sqlite() {
        return;
    }
    let without_gaps = codes.iter().map(|code| code.replace('-', ""));
    let mut secrets: Vec<String> = without_gaps.chain(codes.clone()).collect();
    secrets.extend([
        offered,
        app.secret(),
        app.address.clone(),
        PASSWORD.to_owned(),
    ]);
    secrets.push(half_way.cookies["secmon_portal_mfa"].clone());
    for (path, content) in files_below(portal.database.folder.path()) {
        for secret in &secrets {
            let mut places = content.windows(secret.len());
            let found = places.any(|place| place == secret.as_bytes());
            assert!(!found, "{secret} stands in {}", path.display());
        }
    }
}

#[tokio::test]
async fn secret_moved_to_another_row_does_not_open() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    portal.with_second_factor("manager").await;
    let (viewer, manager) = (portal.user("viewer").await, portal.user("manager").await);
    let moved = "update second_factors set secret = (select secret from second_factors
         where user_id = (select id from users where username = 'viewer'))
         where user_id = (select id from users where username = 'manager')";
    assert_eq!(portal.database.sql(moved).await, 1);
    let opened = portal.store.second_factor(&manager.id).await;
    assert!(matches!(opened, Err(Error::Unreadable(_))), "{opened:?}");
    assert!(portal.store.second_factor(&viewer.id).await.is_ok());
    // The password alone opens no session.
    let (mut client, page) = portal.half_way("manager").await;
    assert_eq!(client.enters(&page, "123456").await.status, 500);
}

#[tokio::test]
async fn codes_stay_valid_after_a_key_rotation() {
    let portal = Portal::start().await;
    let (app, _) = portal.with_second_factor("viewer").await;
    let (mut half_way, page) = portal.half_way("viewer").await;
    let rotated = portal.database.rotate_key(portal.clock.clone()).await;
    assert!(rotated.secrets > 0);
    let answer = half_way.enters(&page, &app.code(&portal)).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn abandoned_challenges_are_deleted() {
    let portal = Portal::start().await;
    portal.with_second_factor("viewer").await;
    portal.half_way("viewer").await;
    let mut manager = portal.sign_in("manager").await;
    manager.post("/account/second-factor/start", &[]).await;
    let count = [
        "update mfa_challenges set id_hash = id_hash",
        "update second_factor_offers set session = session",
    ];
    for statement in count {
        assert_eq!(portal.database.sql(statement).await, 1);
    }
    portal.clock.advance(chrono::TimeDelta::minutes(16));
    portal.store.delete_expired().await.expect("is done");
    for statement in count {
        assert_eq!(portal.database.sql(statement).await, 0);
    }
}
