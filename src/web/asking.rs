//! What is known of a request before anybody is signed in: its id, its address, and how its
//! reader wants to read.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, Uri, header},
};
use axum_extra::extract::cookie::CookieJar;
use ipnet::IpNet;

use super::{
    forwarded::{Client, Scheme},
    frame::Page,
    portal::Https,
    words::Language,
};

/// Light, dark, or as the reader's system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::System, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.code() == code)
    }
}

/// The cookies that keep a reader's choices; they hold nothing else. Behind https their names say
/// that they came so: see [`PreferenceCookie::name`].
#[derive(Debug, Clone, Copy)]
pub enum PreferenceCookie {
    Language,
    Theme,
}

impl PreferenceCookie {
    #[must_use]
    pub fn name(self, Https(https): Https) -> &'static str {
        match (self, https) {
            (Self::Language, false) => "language",
            (Self::Language, true) => "__Host-language",
            (Self::Theme, false) => "theme",
            (Self::Theme, true) => "__Host-theme",
        }
    }
}

/// A request, as far as everybody may know it.
#[derive(Debug, Clone)]
pub struct Asking {
    pub request_id: String,
    /// Where it came from, for the audit log.
    pub client: Option<IpAddr>,
    /// How the browser came, if that is known.
    pub scheme: Option<Scheme>,
    pub language: Language,
    pub theme: Theme,
    /// What the browser calls itself, for the list of one's sessions.
    pub agent: String,
    /// Path and query.
    pub address: String,
    /// The page that a form was on, as a path of our own.
    pub referrer: Option<String>,
    pub is_get: bool,
    /// Where a form is shown again that came too late, if this page is shown for it.
    pub form_again: Option<String>,
    /// The frame of the page, once it is known who asks: an error is then shown inside it.
    frame: Arc<Mutex<Option<Page>>>,
}

impl Asking {
    #[must_use]
    pub fn new<B>(request: &Request<B>, trusted_proxies: &[IpNet], https: Https) -> Self {
        let headers = request.headers();
        let cookies = CookieJar::from_headers(headers);
        let chosen = |cookie: PreferenceCookie| {
            cookies
                .get(cookie.name(https))
                .map(axum_extra::extract::cookie::Cookie::value)
        };
        let accepted =
            || text(headers, &header::ACCEPT_LANGUAGE).map_or(Language::Korean, Language::accepted);
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip().to_canonical());
        let client = peer.map(|peer| Client::new(peer, headers, trusted_proxies));
        Self {
            request_id: uuid::Uuid::now_v7().simple().to_string(),
            client: client.map(|client| client.address),
            scheme: client.and_then(|client| client.scheme),
            language: chosen(PreferenceCookie::Language)
                .and_then(Language::from_code)
                .unwrap_or_else(accepted),
            theme: chosen(PreferenceCookie::Theme)
                .and_then(Theme::from_code)
                .unwrap_or(Theme::System),
            agent: text(headers, &header::USER_AGENT)
                .map(|agent| agent.chars().take(200).collect())
                .unwrap_or_default(),
            address: path_and_query(request.uri()),
            referrer: text(headers, &header::REFERER).and_then(own_path),
            is_get: matches!(*request.method(), Method::GET | Method::HEAD),
            form_again: None,
            frame: Arc::default(),
        }
    }

    /// From now on an error is shown inside this frame.
    pub fn show_errors_in(&self, frame: Page) {
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = Some(frame);
    }

    /// The frame for an error: of who was found to ask, or of nobody.
    #[must_use]
    pub fn error_frame(&self) -> Page {
        let frame = self.frame.lock().unwrap_or_else(PoisonError::into_inner);
        frame.clone().unwrap_or_else(|| Page::anonymous(self))
    }

    /// The page to come back to: this one, or the one whose form was sent.
    #[must_use]
    pub fn page_address(&self) -> &str {
        if self.is_get {
            &self.address
        } else {
            self.referrer.as_deref().unwrap_or("/")
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// Only path and query of a referrer are taken, so that it can lead nowhere else.
fn own_path(referrer: &str) -> Option<String> {
    let uri: Uri = referrer.parse().ok()?;
    super::address::own(&path_and_query(&uri)).map(str::to_owned)
}
