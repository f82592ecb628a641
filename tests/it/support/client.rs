//! A client like a browser: cookies, links, and the forms of a page.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use url::form_urlencoded;

use super::page::{Form, Page};

pub type Answers = Arc<Mutex<String>>;

const HOST: &str = "portal.example";

/// A clone is another tab of the same browser, with a copy of its cookies.
#[derive(Clone)]
pub struct TestClient {
    router: Router,
    answers: Answers,
    pub cookies: BTreeMap<String, String>,
    /// Headers of every request, overriding the defaults.
    pub headers: BTreeMap<&'static str, String>,
    last: Option<String>,
}

impl TestClient {
    pub fn new(router: Router, answers: Answers) -> Self {
        let headers = [
            ("accept-language", "en"),
            ("host", HOST),
            ("sec-fetch-site", "same-origin"),
        ];
        Self {
            router,
            answers,
            cookies: BTreeMap::new(),
            headers: headers.map(|(name, value)| (name, value.into())).into(),
            last: None,
        }
    }

    pub fn with_cookies_of(mut self, other: &Self) -> Self {
        self.cookies.clone_from(&other.cookies);
        self
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.to_owned());
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Opens an address and goes where it leads.
    pub async fn open(&mut self, address: &str) -> Page {
        let page = self.get(address).await;
        self.follow(page).await
    }

    /// Requests an address, without following redirects.
    pub async fn get(&mut self, address: &str) -> Page {
        self.send(Method::GET, address, None).await
    }

    /// Follows redirects.
    pub async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(there) = page.location() else {
                return page;
            };
            page = self.get(&there).await;
        }
        panic!("redirected without an end");
    }

    /// Submits a form, without following the redirect.
    pub async fn submit(&mut self, form: &Form) -> Page {
        let data = encode(&form.fields);
        if form.method == "post" {
            return self.send(Method::POST, &form.action, Some(data)).await;
        }
        let address = format!("{}?{data}", form.action);
        self.send(Method::GET, &address, None).await
    }

    /// Submits a form and follows redirects.
    pub async fn submit_and_follow(&mut self, form: &Form) -> Page {
        let answer = self.submit(form).await;
        self.follow(answer).await
    }

    /// Posts fields that no form offers.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let fields: Vec<_> = fields.iter().map(own).collect();
        self.send(Method::POST, address, Some(encode(&fields)))
            .await
    }

    /// Through the form at `/login`.
    pub async fn sign_in(&mut self, username: &str, password: &str) -> Page {
        let page = self.get("/login").await;
        self.sign_in_at(&page, username, password).await
    }

    /// Signs in with the form of that page.
    pub async fn sign_in_at(&mut self, page: &Page, username: &str, password: &str) -> Page {
        let form = page.form("form[action='/login']");
        let form = form.fill("username", username).fill("password", password);
        self.submit(&form).await
    }

    pub async fn send(&mut self, method: Method, address: &str, form: Option<String>) -> Page {
        let (address, _fragment) = address.split_once('#').unwrap_or((address, ""));
        let request = self.request(&method, address, form);
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.expect("a router always answers").into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().expect("a cookie is text"));
        }
        let body = body.collect().await.expect("the body comes").to_bytes();
        if let Some(announced) = parts.headers.get(header::CONTENT_LENGTH) {
            let announced = announced
                .to_str()
                .ok()
                .and_then(|announced| announced.parse().ok());
            assert_eq!(announced, Some(body.len()), "{method} {address}");
        }
        let page = Page {
            status: parts.status.as_u16(),
            headers: parts.headers,
            address: address.to_owned(),
            text: String::from_utf8_lossy(&body).into_owned(),
            body: body.to_vec(),
        };
        if method == Method::GET && page.location().is_none() {
            self.last = Some(address.to_owned());
        }
        let mut answers = self.answers.lock().expect("nobody panicked");
        for part in [&format!("{:?}\n", page.headers), &page.text, "\n"] {
            answers.push_str(part);
        }
        drop(answers);
        page
    }

    /// Downloads a file; `None` when the download was aborted.
    pub async fn download(&mut self, address: &str) -> Option<Vec<u8>> {
        let request = self.request(&Method::GET, address, None);
        let response = self.router.clone().oneshot(request).await;
        let response = response.expect("a router always answers");
        assert_eq!(response.status(), 200, "{address}");
        let body = response.into_body().collect().await.ok()?;
        Some(body.to_bytes().to_vec())
    }

    fn request(&self, method: &Method, address: &str, form: Option<String>) -> Request<Body> {
        let peer = SocketAddr::from(([192, 0, 2, 7], 50_000));
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .extension(ConnectInfo(peer));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter();
            let cookies: Vec<_> = cookies.map(|(name, it)| format!("{name}={it}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if let Some(last) = &self.last {
            request = request.header(header::REFERER, format!("http://{HOST}{last}"));
        }
        if form.is_some() {
            let kind = "application/x-www-form-urlencoded";
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let body = form.map_or_else(Body::empty, Body::from);
        request.body(body).expect("a request is made")
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a name");
        let ended = attributes.to_lowercase().contains("max-age=0");
        if ended || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

fn encode(fields: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
