//! The confirmation page: cost, effect, affected servers and the reason.

use insta::assert_snapshot;
use secmon_portal::store::AuditRecord;

use crate::{
    control::{form, outcomes},
    support::{Page, Portal, parse},
};

/// The form sent with the button that asks for confirmation.
async fn asked(portal: &Portal, chosen: &[String]) -> Page {
    let mut operator = portal.sign_in("operator").await;
    let form = form(&mut operator, "add").await.check(chosen);
    operator.submit(&form.to("/t/acme/vms/add?ask=yes")).await
}

#[tokio::test]
async fn confirmation_tells_cost_duration_and_members() {
    let portal = Portal::start().await;
    let (balancer, behind) = portal.load_balancer(false);
    let vm = portal.vms(false, 1).remove(0);
    portal.changes();
    let page = asked(&portal, &[balancer.clone(), vm.clone()]).await;
    assert_eq!(page.status, 200);
    assert_eq!(portal.changes(), []);
    assert_snapshot!(page.texts(".lead, .effects li").join("\n"), @"
    2 items with 9 VMs will be monitored.
    1 load balancer goes as a whole, together with the 8 VMs behind it.
    Monitoring is billed to the organisation's payment method. Adding starts the charge.
    After the API has accepted it, it takes up to one hour.
    ");
    assert_eq!(page.texts("table .vm-name").len(), behind.len());
    assert_eq!(page.form("form.confirm").values("id"), [&*balancer, &*vm]);
    let mut operator = portal.sign_in("operator").await;
    let done = operator.submit_and_follow(&page.form("form.confirm")).await;
    assert_eq!(outcomes(&done).len(), 2);
}

#[tokio::test]
async fn add_button_asks_and_plain_form_adds() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let page = operator.get("/t/acme/vms?q=web").await;
    let buttons = page.attributes("form#not-monitored button", "formaction");
    assert_eq!(
        buttons,
        [
            "/t/acme/vms/add?ask=yes",
            "/t/acme/vms/add?ask=yes&all=yes&q=web"
        ]
    );
}

#[tokio::test]
async fn reason_is_kept_in_request_and_audit_log() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vm = portal.vms(true, 1).remove(0);
    let form = form(&mut operator, "release").await.check(&[vm]);
    let asked = operator.submit(&form).await;
    let form = asked.form("form.confirm");
    let reason = "정기 점검\r\n <b>CHG-12</b>";
    let done = operator
        .submit_and_follow(&form.fill("reason", reason))
        .await;
    let told = "Reason: 정기 점검 <b>CHG-12</b>";
    assert_eq!(done.texts(".stated-reason"), [told]);
    let mut manager = portal.sign_in("manager").await;
    let audit = manager.get("/t/acme/audit").await;
    assert_eq!(audit.texts(".stated-reason"), [told]);
    let verified = portal.store.verify_audit().await;
    verified.expect("is whole");
}

#[tokio::test]
async fn required_reason_blocks_a_request_without_one() {
    let portal = Portal::start().await;
    let acme = portal.team("acme").await;
    let by = AuditRecord::by_command_line();
    let required = portal.store.require_reason(&acme, true, &by).await;
    required.expect("is written");
    let mut operator = portal.sign_in("operator").await;
    for (action, monitored) in [("add", false), ("release", true)] {
        let vm = portal.vms(monitored, 1).remove(0);
        let form = form(&mut operator, action)
            .await
            .check(std::slice::from_ref(&vm));
        let form = form.smuggle("confirm", "yes");
        portal.changes();
        let page = operator.submit(&form).await;
        assert_eq!(page.status, 422, "{action}");
        assert_eq!(portal.changes(), [], "{action}");
        assert!(page.alert().starts_with("This team asks for a reason"));
        assert_eq!(
            page.attributes("input[name=reason][aria-invalid]", "aria-describedby"),
            ["reason-what reason-problem"]
        );
        assert_eq!(page.form("form.confirm").values("id"), [&*vm]);
        let long = page.form("form.confirm").fill("reason", &"x".repeat(501));
        let page = operator.submit(&long).await;
        assert_eq!(page.status, 422, "{action}");
        assert_eq!(
            page.form("form.confirm").value("reason").map(str::len),
            Some(501)
        );
        assert_eq!(portal.changes(), [], "{action}");
        let form = page.form("form.confirm").fill("reason", "CHG-1");
        let done = operator.submit_and_follow(&form).await;
        assert_eq!(outcomes(&done).len(), 1, "{action}");
        assert_eq!(portal.changes().len(), 1, "{action}");
    }
}

#[tokio::test]
async fn all_matching_covers_every_page() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let all = operator.get("/t/acme/vms").await;
    let every = all.attributes("#monitored-list input[name=id]", "value");
    let page = operator.get("/t/acme/vms?q=db").await;
    let matching = page.attributes("#monitored-list input[name=id]", "value");
    assert!(matching.len() > 1 && matching.len() < every.len());
    let says = |page: &Page| page.text_of("form#monitored .select-matching");
    assert_eq!(
        says(&page),
        format!("Release all {} that match…", matching.len())
    );
    assert_eq!(
        says(&all),
        format!("Release all {} of the list…", every.len())
    );
    // Additional checked rows do not matter.
    let form = page.form("form#monitored").check(&matching[..1]);
    let there = page.attributes("form#monitored .select-matching", "formaction");
    portal.changes();
    let asked = operator.submit(&form.clone().to(&there[0])).await;
    assert_eq!(asked.status, 200);
    assert_eq!(portal.changes(), []);
    assert_eq!(asked.form("form.confirm").values("id"), matching);
    assert_eq!(asked.attributes("table tr[data-id]", "data-id"), matching);
    assert!(
        asked
            .text_of(".effects")
            .starts_with("All that matches “db” is selected")
    );
    // `confirm` does not skip the confirmation page.
    let form = form.smuggle("confirm", "yes");
    let asked = operator.submit(&form.to(&there[0])).await;
    assert_eq!((asked.status, portal.changes().len()), (200, 0));
    let form = page.form("form#monitored");
    let none = operator
        .submit_and_follow(&form.to("/t/acme/vms/release?all=yes&q=nothing-is-called-so"))
        .await;
    assert_eq!(none.alert(), "No servers match.");
}

fn text_to_copy(page: &Page) -> String {
    let html = page.html();
    let field = html.select(&parse("textarea")).next().expect("a field");
    field.text().collect()
}

#[tokio::test]
async fn request_outcome_can_be_copied_as_text() {
    let portal = Portal::start().await;
    let mut operator = portal.sign_in("operator").await;
    let vms = portal.vms(false, 2);
    let form = form(&mut operator, "add").await.check(&vms);
    let page = operator
        .submit_and_follow(&form.smuggle("reason", "CHG-7"))
        .await;
    assert_snapshot!(text_to_copy(&page), @"
    Add to monitoring · operator · 2025-06-11 12:00:00 KST
    Reason: CHG-7
    waiting 2
    Item	Asked	Result	Next step
    web-prod-01 133.186.154.241, 192.168.0.5	Add to monitoring	Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST	No action needed. The portal keeps checking.
    web-prod-매우긴이름-서울판교리전-프론트엔드-이벤트페이지-정적리소스-캐시서버-블루그린배포-임시증설분-2024하반기-프로모션-담당자확인필요-삭제금지-do-not-delete-until-further-notice-01 133.186.112.79, 192.168.0.30	Add to monitoring	Accepted and listed as waiting. Monitoring starts within one hour. as of 2025-06-11 12:00:00 KST	No action needed. The portal keeps checking.
    ");
    let text = text_to_copy(&page);
    for row in page.rows("[role=status] tbody tr") {
        assert!(text.contains(&row.join("\t")), "{row:?} in {text}");
    }
}
