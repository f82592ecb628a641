//! A minimal HTTP/1.0 client: one connection for each request.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex},
    time::Duration,
};

/// Longer than the portal may take for any page.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser reduced to its cookies for one portal.
pub struct TestClient {
    address: String,
    session: Option<String>,
    second_step: Option<String>,
    responses: ResponseLog,
}

/// The cookies that are secrets.
const SECRET_COOKIES: [&str; 2] = ["secmon_portal_session", "secmon_portal_mfa"];

/// All responses: the request's first line, and the response without secret cookies.
pub type ResponseLog = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

/// A request with a pending response.
pub struct PendingResponse {
    connection: TcpStream,
    what: String,
    responses: ResponseLog,
}

impl TestClient {
    /// `address` is the portal's `IP:port`.
    pub fn new(address: &str) -> Self {
        let address = address.trim_start_matches("http://").trim_end_matches('/');
        Self {
            address: address.to_owned(),
            session: None,
            second_step: None,
            responses: ResponseLog::default(),
        }
    }

    /// Records responses there too.
    pub fn logged_to(mut self, responses: &ResponseLog) -> Self {
        self.responses = Arc::clone(responses);
        self
    }

    /// The session's name: a secret too.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The MFA cookie, a secret too.
    pub fn second_step(&self) -> Option<&str> {
        self.second_step.as_deref()
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").answer()
    }

    pub fn starts_to_get(&self, path: &str) -> PendingResponse {
        self.ask("GET", path, "")
    }

    /// Sends a form without waiting for the response.
    pub fn starts_to_post(&self, path: &str, fields: &[(&str, &str)]) -> PendingResponse {
        self.ask("POST", path, &encoded(fields))
    }

    /// Sends a form, and stores the session and MFA cookies of the response.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.ask("POST", path, &encoded(fields)).answer();
        let [session, second_step] = SECRET_COOKIES;
        for (name, kept) in [
            (session, &mut self.session),
            (second_step, &mut self.second_step),
        ] {
            if let Some(value) = answer.cookie(name) {
                *kept = Some(value.to_owned());
            }
        }
        answer
    }

    /// Signs in; whether it worked.
    pub fn signs_in(&mut self, username: &str, password: &str) -> bool {
        let answer = self.post("/login", &[("username", username), ("password", password)]);
        match answer.status {
            303 => true,
            422 => false,
            _ => panic!("neither in nor out: {answer:?}"),
        }
    }

    /// Is the session still one: the start page is shown, or leads on to a team, but not to the sign-in.
    pub fn is_signed_in(&self) -> bool {
        let answer = self.get("/");
        let elsewhere = answer.header("location");
        match (answer.status, elsewhere) {
            (200, _) => true,
            (303, Some(to)) => !to.starts_with("/login"),
            _ => panic!("neither in nor out: {answer:?}"),
        }
    }

    fn ask(&self, method: &str, path: &str, form: &str) -> PendingResponse {
        let mut connection = TcpStream::connect(&self.address).expect("the portal listens");
        let wait = connection.set_read_timeout(Some(PATIENCE));
        wait.expect("a connection can wait");
        let values = [&self.session, &self.second_step];
        let cookies = SECRET_COOKIES.iter().zip(values);
        let cookies = cookies.filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookie = if cookies.is_empty() {
            String::new()
        } else {
            format!("cookie: {}\r\n", cookies.join("; "))
        };
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: {}\r\n{cookie}accept-language: en\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.address,
            form.len(),
        );
        let sent = connection.write_all(request.as_bytes());
        sent.expect("the portal reads");
        PendingResponse {
            connection,
            what: format!("{method} {path}"),
            responses: Arc::clone(&self.responses),
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

impl PendingResponse {
    /// The received bytes, and whether the connection ended cleanly.
    pub fn download(mut self) -> (Vec<u8>, std::io::Result<()>) {
        let mut all = Vec::new();
        let end = self.connection.read_to_end(&mut all);
        (all, end.map(|_| ()))
    }

    pub fn answer(mut self) -> Answer {
        let mut all = Vec::new();
        self.connection
            .read_to_end(&mut all)
            .expect("the portal answers");
        let end = all.windows(4).position(|pair| pair == b"\r\n\r\n");
        let (head, bytes) = all.split_at(end.expect("is an answer") + 4);
        let head = String::from_utf8_lossy(head);
        let is_secret = |line: &&str| {
            SECRET_COOKIES
                .iter()
                .any(|name| cookie(line, name).is_some())
        };
        let kept: Vec<&str> = head.lines().filter(|line| !is_secret(line)).collect();
        let kept = [kept.join("\n").as_bytes(), bytes].concat();
        let mut responses = self.responses.lock().expect("nobody panicked");
        responses.push((self.what, kept));
        drop(responses);
        let body = String::from_utf8_lossy(bytes);
        let status = head.split(' ').nth(1).and_then(|part| part.parse().ok());
        Answer {
            status: status.expect("has a status"),
            head: head.trim_end().to_owned(),
            body: body.into_owned(),
        }
    }
}

/// The value of the cookie of that name, if the line of a head sets it.
fn cookie<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let value = line
        .strip_prefix("set-cookie: ")?
        .strip_prefix(name)?
        .strip_prefix('=')?;
    value.split(';').next()
}

impl Answer {
    fn cookie(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| cookie(line, name))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (its_name, value) = line.split_once(':')?;
            its_name.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}
