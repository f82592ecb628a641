//! A request's context before and after authentication: id, client, preferences, and the user once known.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, Uri, header},
};
use axum_extra::extract::cookie::CookieJar;
use ipnet::IpNet;

use crate::{
    model::{Actor, Membership},
    store::AuditRecord,
};

use super::{
    access::Principal,
    cookies::PortalCookie,
    forwarded::{Client, Scheme},
    i18n::Locale,
    state::Https,
};

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

#[derive(Debug, Clone)]
pub struct RequestContext {
    pub request_id: String,
    /// The client behind trusted proxies.
    pub client: Option<IpAddr>,
    pub locale: Locale,
    pub theme: Theme,
    /// The `User-Agent` header.
    pub agent: String,
    /// Path and query.
    pub address: String,
    /// The page of a form, as a local path.
    pub referrer: Option<String>,
    pub is_get: bool,
    /// The browser demonstrably uses http, where cookies travel by https only.
    pub is_plain_http: bool,
    identity: Arc<Identity>,
}

/// Results of extractors, for the layout of the page or its error.
#[derive(Debug, Default)]
struct Identity {
    principal: OnceLock<Arc<Principal>>,
    team: OnceLock<Membership>,
}

impl RequestContext {
    #[must_use]
    pub fn new<B>(request: &Request<B>, trusted_proxies: &[IpNet], https: Https) -> Self {
        let headers = request.headers();
        let cookies = CookieJar::from_headers(headers);
        let accepted =
            || text(headers, &header::ACCEPT_LANGUAGE).map_or(Locale::Korean, Locale::accepted);
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip().to_canonical());
        let client = peer.map(|peer| Client::new(peer, headers, trusted_proxies));
        Self {
            request_id: uuid::Uuid::now_v7().simple().to_string(),
            client: client.map(|client| client.address),
            locale: PortalCookie::Language
                .read(&cookies, https)
                .and_then(Locale::from_code)
                .unwrap_or_else(accepted),
            theme: PortalCookie::Theme
                .read(&cookies, https)
                .and_then(Theme::from_code)
                .unwrap_or(Theme::System),
            agent: text(headers, &header::USER_AGENT)
                .map(|agent| agent.chars().take(200).collect())
                .unwrap_or_default(),
            address: path_and_query(request.uri()),
            referrer: text(headers, &header::REFERER).and_then(local_path),
            is_get: matches!(*request.method(), Method::GET | Method::HEAD),
            is_plain_http: https.0
                && is_plain_http(request, client.and_then(|client| client.scheme)),
            identity: Arc::default(),
        }
    }

    pub fn set_principal(&self, principal: Arc<Principal>) {
        self.identity.principal.get_or_init(|| principal);
    }

    pub fn set_team(&self, membership: Membership) {
        self.identity.team.get_or_init(|| membership);
    }

    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.identity.principal.get().map(AsRef::as_ref)
    }

    /// The user's membership in the team that the address names.
    #[must_use]
    pub fn team(&self) -> Option<&Membership> {
        self.identity.team.get()
    }

    /// An audit record with this request's user and origin.
    #[must_use]
    pub fn record(&self, actor: Actor) -> AuditRecord {
        let client = self.client.map(|ip| ip.to_string());
        AuditRecord::by(actor).from(Some(&self.request_id), client)
    }

    /// The page to return to: this one, or the form's.
    #[must_use]
    pub fn page_address(&self) -> &str {
        if self.is_get {
            &self.address
        } else {
            self.referrer.as_deref().unwrap_or("/")
        }
    }
}

/// A trusted proxy reports the browser's scheme; without one, a form's `Origin` does.
fn is_plain_http<B>(request: &Request<B>, scheme: Option<Scheme>) -> bool {
    match scheme {
        Some(scheme) => scheme == Scheme::Http,
        None if *request.method() == Method::POST => {
            let origin = text(request.headers(), &header::ORIGIN);
            origin.is_some_and(|origin| origin.starts_with("http://"))
        }
        None => false,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// Path and query of a referrer, which lead nowhere else.
fn local_path(referrer: &str) -> Option<String> {
    let uri: Uri = referrer.parse().ok()?;
    super::address::local_path(&path_and_query(&uri)).map(str::to_owned)
}
