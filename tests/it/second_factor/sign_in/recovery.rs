//! Login with recovery codes.

use super::super::set_up::assert_audited;
use crate::support::Portal;

#[tokio::test]
async fn recovery_code_signs_in_once_and_reports_the_rest() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let (mut viewer, page) = portal.half_way("viewer").await;
    let form = page.form("#recovery-form");
    // As typed from paper.
    let typed = codes[3].replace('-', " ").to_uppercase();
    let page = viewer
        .submit_and_follow(&form.clone().fill("code", &typed))
        .await;
    assert_eq!(
        page.message(),
        "You signed in with a recovery code, which no longer works. 9 are left."
    );
    assert_eq!(page.link("main a.btn-primary"), "/");
    let (mut again, page) = portal.half_way("viewer").await;
    let form = page.form("#recovery-form");
    let answer = again.submit(&form.clone().fill("code", &codes[3])).await;
    assert_eq!(answer.status, 422);
    // Also in the field for the other kind.
    assert_eq!(again.enters(&page, &codes[4]).await.status, 303);
    assert_audited(&portal, "Recovery code used", "Done").await;
}

#[tokio::test]
async fn last_recovery_codes_are_warned_of() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let mut told = Vec::new();
    for code in &codes {
        let (mut viewer, page) = portal.half_way("viewer").await;
        let answer = viewer.enters(&page, code).await;
        let page = viewer.follow(answer).await;
        told.push(page.message());
    }
    let words = "You signed in with a recovery code, which no longer works.";
    assert_eq!(told[8], format!("{words} One is left: make new ones soon."));
    assert_eq!(told[9], format!("{words} None is left: make new ones now."));
}

#[tokio::test]
async fn concurrent_uses_of_a_recovery_code_open_one_session() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    let (mut one, page) = portal.half_way("viewer").await;
    let (mut other, _) = portal.half_way("viewer").await;
    let (first, second) =
        tokio::join!(one.enters(&page, &codes[0]), other.enters(&page, &codes[0]));
    let mut answers = [first.status, second.status];
    answers.sort_unstable();
    assert_eq!(answers, [303, 422]);
}

#[tokio::test]
async fn recovery_code_of_another_user_is_refused() {
    let portal = Portal::start().await;
    let (_, codes) = portal.with_second_factor("viewer").await;
    portal.with_second_factor("manager").await;
    let (mut manager, page) = portal.half_way("manager").await;
    assert_eq!(manager.enters(&page, &codes[0]).await.status, 422);
}
