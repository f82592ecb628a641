//! Guessing a password takes longer with every failure, and nobody is kept out for ever.

use std::{net::IpAddr, time::Duration};

use chrono::TimeDelta;
use secmon_portal::credentials::Throttle;

use crate::support::{PASSWORD, Portal, open};

/// Fails to sign in so often that the next try has to wait.
async fn guess(portal: &Portal, username: &str) {
    for _ in 0..5 {
        let page = portal.visitor().sign_in(username, "a guess").await;
        assert_eq!(page.status, 422);
    }
}

#[tokio::test]
async fn who_guesses_waits_and_even_the_right_password_waits_too() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    let page = portal.visitor().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
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
async fn the_pause_doubles_with_each_failure() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    portal.clock.advance(TimeDelta::seconds(1));
    let again = async || portal.visitor().sign_in("operator", "a guess").await.status;
    assert_eq!(again().await, 422);
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(again().await, 429);
    portal.clock.advance(TimeDelta::seconds(1));
    assert_eq!(again().await, 422);
}

#[tokio::test]
async fn an_unknown_name_waits_as_a_known_one_does() {
    let portal = Portal::start().await;
    guess(&portal, "nobody-of-that-name").await;
    let page = portal.visitor().sign_in("nobody-of-that-name", "x").await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn guesses_at_one_person_do_not_make_another_wait() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    portal.sign_in("viewer").await;
}

#[tokio::test]
async fn guesses_made_at_once_are_all_counted() {
    let portal = Portal::start().await;
    let tries = (0..12).map(|_| {
        let mut visitor = portal.visitor();
        tokio::spawn(async move { visitor.sign_in("operator", "a guess").await.status })
    });
    let tries: Vec<_> = tries.collect();
    let mut checked = 0;
    for status in tries {
        checked += usize::from(status.await.expect("answers") == 422);
    }
    assert_eq!(checked, 5);
}

#[tokio::test]
async fn several_portals_count_together() {
    let portal = Portal::start().await;
    let other = open(&portal.database, portal.clock.clone()).await;
    let throttles = [Throttle::new(portal.store.clone()), Throttle::new(other)];
    let from: IpAddr = "198.51.100.9".parse().expect("an address");
    for turn in 0..5 {
        let begun = throttles[turn % 2].begin("operator", Some(from)).await;
        assert!(begun.expect("is counted").is_ok(), "{turn}");
    }
    for throttle in throttles {
        let begun = throttle.begin("OPERATOR ", Some(from)).await;
        let wait = begun.expect("is counted").err();
        assert_eq!(wait, Some(Duration::from_secs(1)));
    }
}

#[tokio::test]
async fn a_stranger_s_guesses_keep_nobody_out() {
    let portal = Portal::start().await;
    let throttle = Throttle::new(portal.store.clone());
    // From many addresses, so that only the name is the same, for as long as they like.
    for guess in 0..400_u32 {
        portal.clock.advance(TimeDelta::seconds(20));
        let from = IpAddr::from(guess.to_be_bytes());
        let begun = throttle.begin("operator", Some(from)).await;
        assert!(begun.expect("is counted").is_ok(), "{guess}");
    }
    assert_eq!(
        portal.visitor().sign_in("operator", PASSWORD).await.status,
        429
    );
    portal.clock.advance(TimeDelta::seconds(20));
    portal.sign_in("operator").await;
}

#[tokio::test]
async fn guesses_at_many_names_from_one_address_make_it_wait() {
    let portal = Portal::start().await;
    let throttle = Throttle::new(portal.store.clone());
    let from: IpAddr = "192.0.2.7".parse().expect("an address");
    for guess in 0..30 {
        let begun = throttle.begin(&format!("name-{guess}"), Some(from)).await;
        assert!(begun.expect("is counted").is_ok(), "{guess}");
    }
    assert_eq!(
        portal.visitor().sign_in("viewer", PASSWORD).await.status,
        429
    );
    portal.clock.advance(TimeDelta::seconds(1));
    portal.sign_in("viewer").await;
}

/// Somebody who fails with that name from ever new addresses, until a new one has to wait.
async fn besiege(portal: &Portal, username: &str) {
    let throttle = Throttle::new(portal.store.clone());
    for guess in 0..50_u32 {
        let from = IpAddr::from((0xc633_6400 + guess).to_be_bytes());
        let begun = throttle.begin(username, Some(from)).await;
        assert!(begun.expect("is counted").is_ok(), "{guess}");
    }
    let from: IpAddr = "203.0.113.1".parse().expect("an address");
    let begun = throttle.begin(username, Some(from)).await;
    assert!(begun.expect("is counted").is_err());
}

#[tokio::test]
async fn who_was_there_before_does_not_wait_for_what_strangers_fail_at_elsewhere() {
    let portal = Portal::start().await;
    portal.sign_in("operator").await;
    portal.clock.advance(TimeDelta::days(29));
    besiege(&portal, "operator").await;
    // As often as they like: each time counts anew for the thirty days.
    for _ in 0..3 {
        portal.sign_in("operator").await;
    }
    // Their own failures count there as anywhere.
    guess(&portal, "operator").await;
    let page = portal.visitor().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn a_place_is_one_person_s_and_is_forgotten_after_thirty_days() {
    let portal = Portal::start().await;
    portal.sign_in("operator").await;
    // Another person's name waits there, also when nobody has it.
    for username in ["viewer", "nobody-of-that-name"] {
        besiege(&portal, username).await;
        let page = portal.visitor().sign_in(username, PASSWORD).await;
        assert_eq!(page.status, 429, "{username}");
    }
    portal.clock.advance(TimeDelta::days(30));
    portal.store.forget_ended().await.expect("forgets");
    let kept = portal.database.texts().await;
    assert!(kept.iter().all(|(column, _)| column != "sign_in_places.id"));
    besiege(&portal, "operator").await;
    let page = portal.visitor().sign_in("operator", PASSWORD).await;
    assert_eq!(page.status, 429);
}

#[tokio::test]
async fn a_wrong_password_makes_no_place_known() {
    let portal = Portal::start().await;
    guess(&portal, "operator").await;
    let kept = portal.database.texts().await;
    assert!(kept.iter().all(|(column, _)| column != "sign_in_places.id"));
}

#[tokio::test]
async fn addresses_of_one_network_of_ipv6_count_as_one() {
    let portal = Portal::start().await;
    let throttle = Throttle::new(portal.store.clone());
    let begin = async |name: &str, from: u128| {
        let from = IpAddr::from((0x2001_0db8_0001_u128 << 80 | from).to_be_bytes());
        throttle
            .begin(name, Some(from))
            .await
            .expect("is counted")
            .is_ok()
    };
    for guess in 0..30_u128 {
        assert!(begin(&format!("name-{guess}"), guess).await, "{guess}");
    }
    assert!(!begin("another", 99).await, "its own network waits");
    // The ones beside it do not, until there are many of them.
    for guess in 1..=270_u128 {
        let name = format!("beside-{guess}");
        assert!(begin(&name, guess << 64).await, "{guess}");
    }
    assert!(!begin("another", 999 << 64).await);
    let elsewhere: IpAddr = "2001:db8:2::1".parse().expect("an address");
    let other = throttle.begin("another", Some(elsewhere)).await;
    assert!(other.expect("is counted").is_ok());
}

#[tokio::test]
async fn codes_are_counted_by_the_network_of_ipv6_too() {
    let portal = Portal::start().await;
    let throttle = Throttle::new(portal.store.clone());
    let user = portal.user("operator").await.id;
    for guess in 0..5_u128 {
        let from = IpAddr::from((0x2001_0db8_u128 << 96 | guess).to_be_bytes());
        let begun = throttle.begin_code(&user, Some(from)).await;
        assert!(begun.expect("is counted").is_ok(), "{guess}");
    }
    let from: IpAddr = "2001:db8::ffff".parse().expect("an address");
    let begun = throttle.begin_code(&user, Some(from)).await;
    assert!(begun.expect("is counted").is_err());
}
