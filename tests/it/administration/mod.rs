//! Administration in the browser.

mod invitations;
mod set_up;
mod settings;
mod teams;
mod users;

use crate::support::{Page, Portal};

/// Asserts a row in the site's audit log.
async fn assert_audited(portal: &Portal, row: [&str; 4]) {
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/audit").await;
    let rows = page.rows("table.list:not(.outcome) > tbody > tr");
    assert!(rows.iter().any(|value| value[1..5] == row), "{rows:#?}");
}

/// The row of the site's audit log is there so many times.
async fn times_audited(portal: &Portal, action: &str) -> usize {
    let mut admin = portal.sign_in("site-admin").await;
    let page = admin.get("/admin/audit").await;
    let rows = page.rows("table.list > tbody > tr");
    rows.iter().filter(|row| row[2] == action).count()
}

/// It is shown again, with these problems, each tied to its field.
fn assert_refused(page: &Page, problems: &[(&str, &str)]) {
    assert_eq!(page.status, 422, "{}", page.address);
    let fields: Vec<_> = problems.iter().map(|(field, _)| *field).collect();
    assert_eq!(page.attributes("[aria-invalid=true]", "name"), fields);
    for (field, words) in problems {
        assert_eq!(page.text_of(&format!("#{field}-problem")), *words);
        let tied = page.attributes(&format!("[name={field}]"), "aria-describedby");
        assert_eq!(tied, [format!("{field}-problem")]);
    }
}
