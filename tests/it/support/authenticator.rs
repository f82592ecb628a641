//! An authenticator app.

use chrono::{DateTime, TimeDelta, Utc};
use totp_rs::Totp;

use super::{PASSWORD, Page, Portal, TestClient};

/// An app that has scanned the picture on a page.
#[derive(Clone, Debug)]
pub struct Authenticator {
    codes: Totp,
    /// The scanned `otpauth://` URI.
    pub address: String,
}

impl Authenticator {
    /// Decodes the QR code from its drawn path.
    pub fn scan(page: &Page) -> Self {
        let address = read_picture(page);
        let codes = Totp::from_url(&address).expect("an app understands the address");
        Self { codes, address }
    }

    pub fn code_at(&self, at: DateTime<Utc>) -> String {
        let seconds = u64::try_from(at.timestamp()).expect("is after 1970");
        self.codes.generate(seconds).to_string()
    }

    /// The present code.
    pub fn code(&self, portal: &Portal) -> String {
        self.code_at(portal.clock.now())
    }

    /// Waits until the app shows another code, and reads it.
    pub fn next_code(&self, portal: &Portal) -> String {
        portal.clock.advance(TimeDelta::seconds(30));
        self.code(portal)
    }

    /// A code that is wrong for the present and the adjacent steps.
    pub fn wrong_code(&self, portal: &Portal) -> String {
        let near =
            [-30, 0, 30].map(|value| self.code_at(portal.clock.now() + TimeDelta::seconds(value)));
        let mut wrong = (0..).map(|number| format!("{number:06}"));
        let wrong = wrong.find(|code| !near.contains(code));
        wrong.expect("there are more than three codes")
    }

    pub fn secret(&self) -> String {
        self.codes.secret().to_base32()
    }
}

/// Paints the modules of the page's SVG, five points each, and gives the picture to a QR reader.
fn read_picture(page: &Page) -> String {
    const POINTS: usize = 5;
    let bounds = page.attributes("svg.qr", "viewBox").remove(0);
    let bounds: Vec<i32> = bounds
        .split(' ')
        .map(|part| part.parse().expect("a number"))
        .collect();
    let [left, top, width, height] = bounds[..] else {
        panic!("{bounds:?}")
    };
    assert_eq!((left, top, width), (-4, -4, height));
    let side = usize::try_from(width).expect("is positive");
    let mut dark = vec![false; side * side];
    let path = page.attributes("svg.qr path", "d").remove(0);
    for run in path.split_terminator('z') {
        let run = run.strip_prefix('M').expect("each run is placed");
        let (place, rest) = run.split_once('h').expect("goes right");
        let (x, y) = place.split_once(' ').expect("two numbers");
        let (length, back) = rest.split_once("v1h-").expect("and back");
        assert_eq!(length, back);
        let number = |text: &str| text.parse::<usize>().expect("a number");
        let start = (number(y) + 4) * side + number(x) + 4;
        dark[start..start + number(length)].fill(true);
    }
    let points = side * POINTS;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(points, points, |x, y| {
        if dark[y / POINTS * side + x / POINTS] {
            0
        } else {
            255
        }
    });
    let codes = picture.detect_grids();
    assert_eq!(codes.len(), 1, "one QR code is seen");
    let (_, content) = codes[0].decode().expect("can be read");
    content
}

/// Turns MFA on after a recent login, and returns the recovery codes.
pub async fn turn_on(portal: &Portal, client: &mut TestClient) -> (Authenticator, Vec<String>) {
    let page = client.open("/account/second-factor").await;
    let page = client
        .submit_and_follow(&page.form("form[action='/account/second-factor/start']"))
        .await;
    let app = Authenticator::scan(&page);
    let form = page.form("form[action='/account/second-factor/on']");
    let page = client.submit(&form.fill("code", &app.code(portal))).await;
    assert_eq!(page.status, 200, "{}", page.text);
    (app, page.texts(".recovery-codes code"))
}

impl Portal {
    /// A signed-out user with MFA, after the time step of the setup code.
    pub async fn with_second_factor(&self, username: &str) -> (Authenticator, Vec<String>) {
        let mut client = self.sign_in(username).await;
        let (app, codes) = turn_on(self, &mut client).await;
        client.post("/logout", &[]).await;
        self.clock.advance(TimeDelta::seconds(30));
        (app, codes)
    }

    /// A client after the password step, with the form for the code.
    pub async fn half_way(&self, username: &str) -> (TestClient, Page) {
        let mut client = self.client();
        let answer = client.sign_in(username, PASSWORD).await;
        let page = client.follow(answer).await;
        assert!(page.has("#code-form"), "{username} is asked for a code");
        (client, page)
    }
}

impl TestClient {
    /// Submits the form for the code, without following the redirect.
    pub async fn enters(&mut self, page: &Page, code: &str) -> Page {
        let form = page.form("#code-form").fill("code", code);
        self.submit(&form).await
    }
}
