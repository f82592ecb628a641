//! Login rate limiting: delays grow with failures, without permanent lockout.

use std::{net::IpAddr, time::Duration};

use chrono::TimeDelta;
use secmon_portal::{
    auth::{LimitError, LoginRateLimiter},
    model::Actor,
    store::{Action, AuditRecord},
};

use crate::support::{PASSWORD, Portal, open};

/// Where the browsers of the tests are.
const HERE: &str = "192.0.2.7";

/// Fails to sign in so often that the next try has to wait.
async fn guess(portal: &Portal, username: &str) {
    for _ in 0..5 {
        let page = portal.client().sign_in(username, "a guess").await;
        assert_eq!(page.status, 422);
    }
}

/// Fails with a name from an address; whether that was checked at all.
async fn fails(portal: &Portal, username: &str, from: &str) -> bool {
    let limiter = LoginRateLimiter::new(portal.store.clone());
    let from: IpAddr = from.parse().expect("an address");
    let Ok(attempt) = limiter.begin(username, Some(from)).await else {
        return false;
    };
    let by = AuditRecord::by(Actor::unknown());
    limiter
        .failed(&attempt, &by, Action::SignedIn)
        .await
        .is_ok()
}

async fn fails_with_code(portal: &Portal, from: &str) -> bool {
    let limiter = LoginRateLimiter::new(portal.store.clone());
    let (user, from) = (portal.user("operator").await.id, from.parse().ok());
    let Ok(attempt) = limiter.begin_code(&user, from).await else {
        return false;
    };
    let by = AuditRecord::by(Actor::unknown());
    let action = Action::SecondFactorGiven;
    limiter.failed(&attempt, &by, action).await.is_ok()
}

/// Failed logins with changing names from the tests' address, up to the address's limit.
async fn crowd(portal: &Portal) {
    for name in 0..30 {
        assert!(fails(portal, &format!("name-{name}"), HERE).await, "{name}");
    }
    assert!(!fails(portal, "another", HERE).await);
}

#[tokio::test]
async fn guesser_waits_and_so_does_the_right_password() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    let page = portal.client().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), Some("1"));
    let words = "Signing in has failed several times. Try again in one second.";
    assert_eq!(page.alert(), words);
    assert_eq!(
        page.form("form[action='/login']").value("username"),
        Some("operator")
    );
    // Having waited, and being right, one is let in, and the failures are forgotten.
    portal.clock.advance(TimeDelta::seconds(1));
    portal.sign_in("operator").await;
    guess(&portal, "operator").await;
}

#[tokio::test]
async fn wait_doubles_with_each_failure() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    portal.clock.advance(TimeDelta::seconds(1));
    let again = async || portal.client().sign_in("operator", "a guess").await.status;
    assert_eq!(again().await, 422);
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(again().await, 429);
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(again().await, 422);
}

#[tokio::test]
async fn failures_decay_with_time() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    portal.clock.advance(TimeDelta::minutes(75));
    guess(&portal, "operator").await;
    let page = portal.client().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn unknown_name_waits_as_a_known_one_does() {
    let portal = Portal::start().await;
    guess(&portal, "nobody-of-that-name").await;
    let page = portal.client().sign_in("nobody-of-that-name", "x").await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn guesses_at_one_account_hold_up_no_other() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    portal.sign_in("viewer").await;
}

#[tokio::test]
async fn guesses_made_at_once_are_all_counted() {
    let portal = Portal::start().await;
    let tries = (0..12).map(|_| {
        let mut client = portal.client();
        tokio::spawn(async move { client.sign_in("operator", "a guess").await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut checked = 0;
    for status in tries {
        checked += usize::from(status.await.expect("answers") == 422);
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn right_logins_made_at_once_all_succeed() {
    let portal = Portal::start().await;
    let usernames = ["viewer", "manager", "operator", "admin"];
    let logins = (0..60).map(|login| {
        let mut client = portal.client();
        let username = usernames[login % usernames.len()];
        tokio::spawn(async move { client.sign_in(username, PASSWORD).await.status })
    });
    let logins: Vec<_> = logins.collect();
    for status in logins {
        assert_eq!(status.await.expect("answers"), 303);
    }
}

#[tokio::test]
async fn several_portals_count_together() {
    let portal = Portal::start().await;
    let other = open(&portal.database, portal.clock.clone()).await;
    let limiters = [
        LoginRateLimiter::new(portal.store.clone()),
        LoginRateLimiter::new(other),
    ];
    let from: Option<IpAddr> = "198.51.100.9".parse().ok();
    let by = AuditRecord::by(Actor::unknown());
    for turn in 0..5 {
        let limiter = &limiters[turn % 2];
        let attempt = limiter.begin("operator", from).await;
        let attempt = attempt.expect("need not wait");
        let counted = limiter.failed(&attempt, &by, Action::SignedIn).await;
        assert!(counted.is_ok(), "{turn}");
    }
    for limiter in limiters {
        let attempt = limiter.begin("\u{ff2f}PERATOR ", from).await;
        let second = Duration::from_secs(1);
        assert!(matches!(attempt, Err(LimitError::Wait(wait)) if wait == second));
    }
}

#[tokio::test]
async fn guesses_from_elsewhere_keep_nobody_out() {
    let portal = Portal::start().await;
    for guess in 0..60 {
        let from = format!("198.51.100.{guess}");
        assert!(fails(&portal, "operator", &from).await, "{guess}");
    }
    portal.sign_in("operator").await;
}

#[tokio::test]
async fn guesses_at_many_names_hold_up_their_address() {
    let portal = Portal::start().await;
    crowd(&portal).await;
    let page = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(page.status, 429);
    portal.clock.advance(TimeDelta::seconds(1));
    portal.sign_in("viewer").await;
}

#[tokio::test]
async fn known_location_is_not_held_up_by_strangers_there() {
    let portal = Portal::start().await;
    portal.sign_in("operator").await;
    portal.clock.advance(TimeDelta::days(29));
    crowd(&portal).await;
    // As often as they like: each time counts anew for the thirty days.
    for _ in 0..3 {
        portal.sign_in("operator").await;
    }
    let page = portal.client().sign_in("viewer", PASSWORD).await;
    assert_eq!(page.status, 429, "it is known of one account only");
    // Their own failures count there as anywhere.
    guess(&portal, "operator").await;
    let page = portal.client().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn location_is_forgotten_after_thirty_days() {
    let portal = Portal::start().await;
    portal.sign_in("operator").await;
    portal.clock.advance(TimeDelta::days(30));
    portal.store.delete_expired().await.expect("forgets");
    let kept = portal.database.texts().await;
    let mut columns = kept.iter().map(|(column, _)| column);
    assert!(!columns.any(|column| column == "known_locations.id"));
    crowd(&portal).await;
    let page = portal.client().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn wrong_password_makes_no_location_known() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    let kept = portal.database.texts().await;
    let mut columns = kept.iter().map(|(column, _)| column);
    assert!(!columns.any(|column| column == "known_locations.id"));
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_count_as_one() {
    let portal = Portal::start().await;
    for guess in 0..30 {
        let from = format!("2001:db8:1:{guess:x}::1");
        assert!(
            fails(&portal, &format!("name-{guess}"), &from).await,
            "{guess}"
        );
    }
    assert!(!fails(&portal, "another", "2001:db8:1:ff::9").await);
    assert!(fails(&portal, "another", "2001:db8:1:100::9").await);
}

#[tokio::test]
async fn codes_of_one_account_are_limited_from_everywhere() {
    let portal = Portal::start().await;
    let mut checked = 0;
    for hour in 0..24 {
        for guess in 0..100 {
            let from = format!("198.51.{hour}.{guess}");
            checked += u32::from(fails_with_code(&portal, &from).await);
        }
        portal.clock.advance(TimeDelta::hours(1));
    }
    assert!(checked < 120, "{checked} codes in a day");
}

#[tokio::test]
async fn right_password_does_not_forget_wrong_codes() {
    let portal = Portal::start().await;
    for _ in 0..5 {
        assert!(fails_with_code(&portal, HERE).await);
        portal.sign_in("operator").await;
    }
    assert!(!fails_with_code(&portal, HERE).await);
}

#[tokio::test]
async fn wrong_clock_leaves_no_long_wait() {
    let portal = Portal::start().await;
    let year = TimeDelta::days(365);
    portal.clock.advance(year);
    guess(&portal, "operator").await;
    for wait in [1, 2] {
        portal.clock.advance(TimeDelta::seconds(wait));
        let page = portal.client().sign_in("operator", "a guess").await;
        assert_eq!(page.status, 422);
    }
    portal.clock.advance(-year);
    let page = portal.client().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
    assert_eq!(page.header("retry-after"), Some("4"));
    portal.clock.advance(TimeDelta::seconds(4));
    portal.sign_in("operator").await;
}

#[tokio::test]
async fn failures_in_the_future_are_forgotten() {
    let portal = Portal::start().await;
    portal.clock.advance(TimeDelta::days(365));
    portal.sign_in("viewer").await;
    guess(&portal, "operator").await;
    portal.clock.advance(-TimeDelta::days(365));
    portal.store.delete_expired().await.expect("forgets");
    for (column, _) in portal.database.texts().await {
        let is_left = column == "login_failures.id" || column == "known_locations.id";
        assert!(!is_left, "{column}");
    }
}
