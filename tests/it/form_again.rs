//! A form that is sent when the session has ended: nothing is done, and after signing in again it
//! is shown as it was filled in.

use chrono::TimeDelta;

use crate::support::{ACME_KEY, Form, PASSWORD, Page, Portal, Visitor};

const SAID: &str = "Your session had ended, so nothing was done. Your form is shown again as you filled it in, without passwords and keys. Check it and send it once more.";

/// Sends a form nine hours later, and stands before the sign-in then.
async fn too_late(portal: &Portal, visitor: &mut Visitor, form: &Form) -> Page {
    portal.clock.advance(TimeDelta::hours(9));
    let page = visitor.submit_and_follow(form).await;
    assert!(
        page.address.starts_with("/login?next=/form-again/"),
        "{}",
        page.address
    );
    assert_eq!(
        page.message(),
        "Your session has ended, so what you sent was not done. Sign in, and it is shown again as you filled it in."
    );
    page
}

/// Sends a form nine hours later, and signs in then.
async fn again(portal: &Portal, visitor: &mut Visitor, username: &str, form: &Form) -> Page {
    let page = too_late(portal, visitor, form).await;
    let answer = visitor.sign_in_at(&page, username, PASSWORD).await;
    let page = visitor.follow(answer).await;
    assert!(page.address.starts_with("/form-again/"), "{}", page.address);
    page
}

#[tokio::test]
async fn a_confirmed_release_is_asked_again_and_done_once_it_is_sent() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let list = operator.get("/t/acme/vms").await;
    let (balancer, _) = portal.load_balancer(true);
    let chosen = [portal.vms(true, 1).remove(0), balancer];
    let asked = operator
        .submit(&list.form("form#monitored").check(&chosen))
        .await;
    let form = asked
        .form("form.confirm")
        .fill("reason", "an \"audit\" <b>");
    let page = again(&portal, &mut operator, "operator", &form).await;
    assert_eq!(page.alert(), SAID);
    assert!(portal.changes().is_empty(), "nothing is done");
    let shown = page.form("form.confirm");
    let mut ids = shown.values("id");
    ids.sort_unstable();
    let mut expected: Vec<&str> = chosen.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(shown.value("reason"), Some("an \"audit\" <b>"));
    operator.submit_and_follow(&shown).await;
    assert_eq!(portal.changes().len(), 1);
}

#[tokio::test]
async fn a_choice_of_servers_to_add_is_asked_about_as_it_would_have_been() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let list = operator.get("/t/acme/vms?q=a").await;
    let vms = portal.vms(false, 2);
    let all = operator.get("/t/acme/vms").await.form("form#not-monitored");
    let ask = list.attributes("form#not-monitored button[formaction]", "formaction");
    for form in [all.clone().check(&vms), all.check(&vms).to(&ask[0])] {
        let page = again(&portal, &mut operator, "operator", &form).await;
        assert_eq!(page.alert(), SAID);
        assert_eq!(page.form("form.confirm").values("id").len(), 2);
        assert!(portal.changes().is_empty());
    }
}

#[tokio::test]
async fn the_form_of_a_new_team_comes_back_without_its_secrets() {
    let portal = Portal::start().await;
    let mut site_admin = portal.sign_in("site-admin").await;
    let form = site_admin
        .get("/admin/teams")
        .await
        .form("form[action='/admin/teams']");
    let form = form
        .fill("slug", "third")
        .fill("name", "The \"third\" & <last>");
    let form = form
        .fill("region", "kr2")
        .fill("app_key", "ThirdAppKey123456789");
    let form = form
        .fill("token_id", "an-id")
        .fill("token_secret", "a-secret");
    let page = again(&portal, &mut site_admin, "site-admin", &form).await;
    assert_eq!(page.alert(), SAID);
    assert!(page.has("details.open-form[open] form[action='/admin/teams']"));
    let shown = page.form("form[action='/admin/teams']");
    for (field, value) in [
        ("slug", "third"),
        ("name", "The \"third\" & <last>"),
        ("region", "kr2"),
        ("app_key", ""),
        ("token_id", ""),
        ("token_secret", ""),
    ] {
        assert_eq!(shown.value(field), Some(value), "{field}");
    }
    let kept = portal.database.texts().await;
    assert!(
        kept.iter()
            .any(|(_, text)| text.contains("The \\\"third\\\""))
    );
    for secret in ["ThirdAppKey123456789", "an-id", "a-secret"] {
        assert!(!page.text.contains(secret));
        assert!(
            kept.iter().all(|(_, text)| !text.contains(secret)),
            "{secret} is kept"
        );
    }
    // What was typed is still there when the page is loaded again, or in another language.
    let reloaded = site_admin.get(&page.address).await;
    assert_eq!(
        reloaded.form("form[action='/admin/teams']").value("slug"),
        Some("third")
    );
    assert_eq!(
        page.form("form.preferences").value("back"),
        Some(page.address.as_str())
    );
    assert!(
        !portal
            .store
            .teams()
            .await
            .expect("are read")
            .iter()
            .any(|it| it.slug.as_str() == "third")
    );
}

#[tokio::test]
async fn forms_that_stand_on_a_page_above_come_back_on_it() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let form = form.fill("username", "stranger").fill("role", "manager");
    let page = again(&portal, &mut admin, "admin", &form).await;
    let shown = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(
        (shown.value("username"), shown.value("role")),
        (Some("stranger"), Some("manager"))
    );
    let added = admin.submit_and_follow(&shown).await;
    assert_eq!(added.message(), "The member is added.");

    // One row of several with the same form.
    let viewer = portal.user("viewer").await.id.0;
    let row = "tr[data-id=viewer] form[action$='/role']";
    let form = admin
        .get("/t/acme/settings")
        .await
        .form(row)
        .fill("role", "operator");
    let page = again(&portal, &mut admin, "admin", &form).await;
    let shown = page.form(row);
    assert_eq!(
        (shown.value("user"), shown.value("role")),
        (Some(viewer.as_str()), Some("operator"))
    );
    let other = page.form("tr[data-id=manager] form[action$='/role']");
    assert_eq!(other.value("role"), Some("manager"));
}

#[tokio::test]
async fn users_are_invited_and_renamed_with_what_was_typed() {
    let portal = Portal::start().await;
    let mut site_admin = portal.sign_in("site-admin").await;
    let form = site_admin
        .get("/admin/users")
        .await
        .form("form[action='/admin/users']");
    let form = form
        .fill("username", "newcomer")
        .fill("display_name", "새 사람")
        .fill("team", "acme");
    let form = form.fill("role", "manager").check(&["yes"]);
    let page = again(&portal, &mut site_admin, "site-admin", &form).await;
    let shown = page.form("form[action='/admin/users']");
    assert_eq!(shown.fields, form.fields);
    assert_eq!(page.alert(), SAID);

    let viewer = format!("/admin/users/{}", portal.user("viewer").await.id.0);
    let name = format!("form[action='{viewer}/name']");
    let form = site_admin
        .get(&viewer)
        .await
        .form(&name)
        .fill("display_name", "Another name");
    let page = again(&portal, &mut site_admin, "site-admin", &form).await;
    assert_eq!(page.form(&name).value("display_name"), Some("Another name"));
    assert_eq!(portal.user("viewer").await.display_name, "The viewer");
}

#[tokio::test]
async fn a_new_password_has_to_be_typed_again() {
    let portal = Portal::start().await;
    let mut viewer = portal.sign_in("viewer").await;
    let form = viewer
        .get("/account")
        .await
        .form("form[action='/account/password']");
    let new = "a new and longer 비밀번호";
    let form = form
        .fill("old", PASSWORD)
        .fill("new", new)
        .fill("again", new);
    let page = again(&portal, &mut viewer, "viewer", &form).await;
    assert_eq!(page.alert(), SAID);
    let shown = page.form("form[action='/account/password']");
    assert!(shown.fields.iter().all(|(_, value)| value.is_empty()));
    assert!(!page.text.contains(new));
    let kept = portal.database.texts().await;
    assert!(
        kept.iter()
            .all(|(_, text)| !text.contains(new) && !text.contains(PASSWORD))
    );
    assert_eq!(
        portal.visitor().sign_in("viewer", PASSWORD).await.status,
        303
    );
}

#[tokio::test]
async fn a_button_that_stands_alone_has_done_nothing() {
    let portal = Portal::start().await;
    let mut site_admin = portal.sign_in("site-admin").await;
    let page = site_admin.get("/admin/teams/acme").await;
    let form = page.form("form[action$='/archive']");
    let page = again(&portal, &mut site_admin, "site-admin", &form).await;
    assert_eq!(page.alert(), SAID);
    assert!(page.has("details[open] form[action$='/archive']"));
    assert_eq!(
        site_admin.get("/t/acme").await.status,
        200,
        "the team is not archived"
    );
}

#[tokio::test]
async fn a_form_that_only_says_that_it_has_a_token_does_nothing_either() {
    let portal = Portal::start().await;
    let mut site_admin = portal.sign_in("site-admin").await;
    let page = site_admin.get("/admin/teams/acme").await;
    let form = page.form("form[action$='/archive']").smuggle("token", "x");
    let page = again(&portal, &mut site_admin, "site-admin", &form).await;
    assert_eq!(page.alert(), SAID);
    let team = site_admin.get("/t/acme").await;
    assert_eq!(team.status, 200, "the team is not archived");
}

#[tokio::test]
async fn it_survives_a_mistyped_password_and_the_second_step() {
    let portal = Portal::start().await;
    let (authenticator, _) = portal.with_second_factor("admin").await;
    let (mut admin, code) = portal.half_way("admin").await;
    let code = code
        .form("form#code-form")
        .fill("code", &authenticator.code(&portal));
    admin.submit_and_follow(&code).await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let form = form.fill("username", "stranger");
    let page = too_late(&portal, &mut admin, &form).await;
    let page = admin.sign_in_at(&page, "admin", "wrong").await;
    assert_eq!(page.status, 422);
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    let page = admin.follow(answer).await;
    let code = page
        .form("form#code-form")
        .fill("code", &authenticator.code(&portal));
    let page = admin.submit_and_follow(&code).await;
    assert_eq!(page.alert(), SAID);
    let shown = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(shown.value("username"), Some("stranger"));
}

#[tokio::test]
async fn somebody_else_who_signs_in_does_not_see_it() {
    let portal = Portal::start().await;
    let mut browser = portal.sign_in("admin").await;
    let form = browser
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let page = too_late(
        &portal,
        &mut browser,
        &form.fill("username", "a-secret-plan"),
    )
    .await;
    let answer = browser.sign_in_at(&page, "operator", PASSWORD).await;
    let again = answer.location().expect("leads on");
    let page = browser.follow(answer).await;
    assert_eq!(page.address, "/t/acme");
    assert!(!page.text.contains("a-secret-plan"));
    // It still waits for the one whose it is.
    let answer = browser.sign_in("admin", PASSWORD).await;
    assert_eq!(answer.status, 303);
    let page = browser.get(&again).await;
    let shown = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(shown.value("username"), Some("a-secret-plan"));
}

#[tokio::test]
async fn however_the_session_ended_the_form_is_kept_for_its_user() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let form = form.fill("username", "stranger");
    let mut elsewhere = portal.sign_in("admin").await;
    let account = elsewhere.get("/account").await;
    elsewhere
        .submit(&account.form("form[action='/account/sessions/end-others']"))
        .await;
    let page = admin.submit_and_follow(&form).await;
    let mut other = admin.clone();
    let answer = other.sign_in_at(&page, "operator", PASSWORD).await;
    assert!(!other.follow(answer).await.text.contains("stranger"));
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    let page = admin.follow(answer).await;
    let shown = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(shown.value("username"), Some("stranger"));
}

#[tokio::test]
async fn without_any_cookie_who_signs_in_in_this_browser_gets_it_and_nobody_after_them() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    admin.cookies.clear();
    let page = admin
        .submit_and_follow(&form.fill("username", "typed"))
        .await;
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    let again = answer.location().expect("leads on");
    let page = admin.follow(answer).await;
    assert_eq!(
        page.form("form[action='/t/acme/settings/members']")
            .value("username"),
        Some("typed")
    );
    admin.sign_in("site-admin", PASSWORD).await;
    assert_eq!(admin.get(&again).await.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn a_link_to_a_form_that_a_stranger_has_filled_in_opens_nothing() {
    let portal = Portal::start().await;
    let mut stranger = portal.visitor();
    let fields = [("username", "evil"), ("role", "admin")];
    let page = stranger.post("/t/acme/settings/members", &fields).await;
    let there = page.location().expect("leads to signing in");
    let (_, link) = there.split_once("next=").expect("and on");
    let mut admin = portal.sign_in("admin").await;
    assert_eq!(admin.get(link).await.location().as_deref(), Some("/"));
    // With a form of their own in the browser neither.
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    again(&portal, &mut admin, "admin", &form.fill("username", "mine")).await;
    assert_eq!(admin.get(link).await.location().as_deref(), Some("/"));
}

#[tokio::test]
async fn a_form_of_nobody_known_is_not_shown_to_who_was_signed_in_before_it_came() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    portal.clock.advance(TimeDelta::seconds(2));
    let mut stranger = portal.visitor();
    let fields = [("username", "evil"), ("role", "admin")];
    let page = stranger.post("/t/acme/settings/members", &fields).await;
    let there = page.location().expect("leads to signing in");
    let (_, link) = there.split_once("next=").expect("and on");
    // Whoever can write cookies into the browser gives it the stranger's.
    let planted = stranger.cookies["kept-form"].clone();
    admin.cookies.insert("kept-form".to_owned(), planted);
    assert_eq!(admin.get(link).await.location().as_deref(), Some("/"));
    // It was not made theirs by that: who signs in now gets it, and is told that nothing was done.
    admin.sign_in("admin", PASSWORD).await;
    let page = admin.get(link).await;
    assert_eq!((page.status, page.alert().as_str()), (200, SAID));
}

#[tokio::test]
async fn other_people_s_forms_at_one_address_do_not_drive_a_waiting_one_out() {
    let portal = Portal::start().await;
    let mut admin = portal.visitor();
    let there = "/t/acme/settings/members";
    let answer = admin.post(there, &[("username", "mine")]).await;
    let page = admin.follow(answer).await;
    // One browser, with as many forms as it likes; and some that show no cookie.
    let mut neighbour = portal.visitor();
    for number in 0..60 {
        let typed = format!("number {number}");
        neighbour.post(there, &[("username", &typed)]).await;
    }
    for _ in 0..39 {
        portal.visitor().post(there, &[("username", "other")]).await;
    }
    // From here on somebody has to make room: who has most.
    for number in 0..5 {
        let typed = format!("more {number}");
        portal.visitor().post(there, &[("username", &typed)]).await;
    }
    let mut kept = portal.database.texts().await;
    kept.retain(|(column, _)| column == "kept_forms.fields");
    assert_eq!(kept.len(), 50);
    assert!(kept.iter().any(|(_, text)| text.contains("more 4")));
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    let page = admin.follow(answer).await;
    let shown = page.form("form[action='/t/acme/settings/members']");
    assert_eq!(shown.value("username"), Some("mine"));
}

#[tokio::test]
async fn a_form_waits_for_an_hour_and_strangers_forms_take_little_room() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let page = too_late(&portal, &mut admin, &form.fill("username", "typed")).await;
    portal.clock.advance(TimeDelta::minutes(61));
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    assert_eq!(admin.follow(answer).await.address, "/t/acme");

    let mut stranger = portal.visitor();
    for number in 0..15 {
        let typed = format!("number {number}");
        stranger
            .post("/t/acme/settings/members", &[("username", &typed)])
            .await;
    }
    let mut kept = portal.database.texts().await;
    kept.retain(|(column, text)| column == "kept_forms.fields" && text.contains("number"));
    assert_eq!(kept.len(), 10);
    portal.clock.advance(TimeDelta::hours(2));
    portal.store.forget_ended().await.expect("forgets");
    let kept = portal.database.texts().await;
    assert!(kept.iter().all(|(column, _)| column != "kept_forms.fields"));
}

#[tokio::test]
async fn what_is_too_large_or_says_nothing_leads_to_signing_in_as_ever() {
    let portal = Portal::start().await;
    let mut visitor = portal.visitor();
    let long = "x".repeat(300 * 1024);
    for fields in [&[("username", &*long)][..], &[], &[("back", "/t/acme/vms")]] {
        let answer = visitor.post("/t/acme/settings/members", fields).await;
        assert_eq!(answer.location().as_deref(), Some("/login?next=/"));
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn who_may_not_use_the_page_any_more_still_gets_what_was_typed() {
    let portal = Portal::start().await;
    let mut admin = portal.sign_in("admin").await;
    let form = admin
        .get("/t/acme/settings")
        .await
        .form("form[action='/t/acme/settings/members']");
    let page = too_late(&portal, &mut admin, &form.fill("username", "typed <i>")).await;
    let (acme, user) = (portal.team("acme").await, portal.user("admin").await);
    let by = secmon_portal::store::AuditRecord::by_command_line();
    let viewer = secmon_portal::model::Role::Viewer;
    portal
        .store
        .change_role(&acme, &user, viewer, &by)
        .await
        .expect("is changed");
    let answer = admin.sign_in_at(&page, "admin", PASSWORD).await;
    let page = admin.follow(answer).await;
    assert_eq!(page.text_of("h1"), "Your form has no page any more");
    assert!(page.texts(".facts dd").contains(&"typed <i>".to_owned()));
    assert!(!page.text.contains(ACME_KEY));
}
