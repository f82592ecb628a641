//! The guest's part of the day: invitation, MFA, recovery code, exports.

use secmon_portal::model::Clock;
use totp_rs::{Builder, Secret};

use super::Day;
use crate::http::{Answer, TestClient};

const CHOSEN: &str = "chosen by somebody 5ecret";
const FACTOR: &str = "/account/second-factor";

/// The pages that show a secret once, to its owner.
const SHOWN_ON: [&str; 4] = [
    "POST /admin/users",
    "GET /invitation/",
    "POST /invitation/",
    "GET /account/second-factor",
];
/// The same, for the response to a form.
const CODES_ON: &str = "POST /account/second-factor/on";

/// Whether that response may hold a secret shown once.
pub(super) fn may_show(what: &str) -> bool {
    what == CODES_ON || SHOWN_ON.iter().any(|place| what.starts_with(place))
}

pub(super) fn comes_and_goes(day: &mut Day, address: &str, root: &mut TestClient) {
    let link = is_invited(day, root);
    let mut guest = TestClient::new(address).logged_to(&day.responses);
    chooses_a_password(day, &mut guest, &link);
    let codes = turns_the_second_factor_on(day, &mut guest);
    guest.post("/logout", &[]);
    signs_in_by_recovery_code(day, &mut guest, &codes);
    for file in [
        "audit.csv",
        "audit.xlsx",
        "vms.xlsx",
        "history.csv",
        "events.csv",
    ] {
        assert_eq!(guest.get(&format!("/t/acme/{file}")).status, 200, "{file}");
    }
    guest.post("/logout", &[]);
}

fn is_invited(day: &mut Day, root: &mut TestClient) -> String {
    let wanted = [
        ("username", "guest"),
        ("team", "acme"),
        ("role", "manager"),
        ("display_name", "Guest"),
    ];
    let page = root.post("/admin/users", &wanted);
    let link = between(&page, "/invitation/", "<");
    day.shown.add("a link to choose a password", &link);
    format!("/invitation/{link}")
}

fn chooses_a_password(day: &mut Day, guest: &mut TestClient, link: &str) {
    day.secrets.add("a chosen password", CHOSEN);
    assert_eq!(guest.get(link).status, 200);
    for (again, status) in [("something else", 422), (CHOSEN, 303), (CHOSEN, 410)] {
        let answer = guest.post(link, &[("new", CHOSEN), ("again", again)]);
        assert_eq!(answer.status, status, "{answer:?}");
    }
    assert!(guest.signs_in("guest", CHOSEN));
    day.knows(guest);
}

fn turns_the_second_factor_on(day: &mut Day, guest: &mut TestClient) -> Vec<String> {
    guest.post(&format!("{FACTOR}/start"), &[]);
    let page = guest.get(FACTOR);
    let secret = between(&page, "<code class=\"secret\">", "<").replace(' ', "");
    day.shown.add("a one-time secret", &secret);
    let secret = Secret::try_from_base32(&secret).expect("is base32");
    day.secrets
        .add("the bytes of a one-time secret", secret.as_bytes());
    let app = Builder::new()
        .with_secret(secret)
        .build()
        .expect("makes codes");
    let now = u64::try_from(Clock::system().now().timestamp()).expect("is after 1970");
    let code = app.generate(now).to_string();
    guest.post(&format!("{FACTOR}/on"), &[("code", "wrong")]);
    let page = guest.post(&format!("{FACTOR}/on"), &[("code", &code)]);
    assert_eq!(page.status, 200, "{page:?}");
    day.knows(guest);
    let codes = page.body.split("<li><code>").skip(1);
    let codes = codes.filter_map(|code| code.split_once('<'));
    let codes: Vec<String> = codes.map(|(code, _)| code.to_owned()).collect();
    assert_eq!(codes.len(), 10);
    for code in &codes {
        day.shown.add("a recovery code", code);
        day.secrets
            .add("a recovery code as one word", code.replace('-', ""));
    }
    codes
}

fn signs_in_by_recovery_code(day: &mut Day, guest: &mut TestClient, codes: &[String]) {
    assert!(guest.signs_in("guest", CHOSEN), "as far as the second step");
    let step = guest.second_step().expect("is half-way in");
    day.secrets.add("a second step", step);
    for (code, status) in [("000000", 422), (&codes[1][1..], 422), (&*codes[0], 303)] {
        let answer = guest.post("/login/code", &[("code", code)]);
        assert_eq!(answer.status, status, "{answer:?}");
    }
    day.knows(guest);
}

fn between(page: &Answer, before: &str, after: &str) -> String {
    let (_, rest) = page
        .body
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {page:?}"));
    let (text, _) = rest.split_once(after).expect("goes on");
    text.to_owned()
}
