//! What can go wrong with a page, and the one layer that turns it into a page.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use ipnet::IpNet;

use crate::{
    auth::{LimitError, PasswordError},
    secmon, store,
};

use super::{
    Layout, context::RequestContext, html_as, middleware::security_headers::security_headers,
    state::Https,
};

/// The longest pause that is passed on, in seconds: an API that asks for years is mistaken.
const MAX_RETRY_AFTER: u64 = 60 * 60;

/// Why a page could not be shown.
#[derive(Debug, Clone)]
pub enum Error {
    /// Nobody is signed in, or no longer.
    SignIn,
    /// Cookies travel by https only, and the browser came by http.
    PlainHttp,
    /// Who is signed in must have a second factor, and has none yet.
    SecondFactor,
    NotFound,
    Forbidden,
    /// The team's API failed.
    Upstream(Arc<secmon::Error>),
    /// The key was replaced, and this portal has not got it yet.
    KeyReplaced,
    /// Fewer rows came than the API had counted.
    IncompleteList,
    /// Too many failed attempts to prove who somebody is; how long to wait.
    TooManyAttempts(Duration),
    /// Too many passwords wait to be checked.
    Busy,
    /// The portal failed; the cause is for the log.
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into().into())
    }
}

impl From<secmon::Error> for Error {
    fn from(error: secmon::Error) -> Self {
        Self::Upstream(Arc::new(error))
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::KeyReplaced => Self::KeyReplaced,
            error => Self::internal(error),
        }
    }
}

impl From<LimitError> for Error {
    fn from(error: LimitError) -> Self {
        match error {
            LimitError::Wait(wait) => Self::TooManyAttempts(wait),
            LimitError::Store(error) => error.into(),
        }
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            error => Self::internal(error),
        }
    }
}

/// How long to wait, in whole seconds after which it is over.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

impl IntoResponse for Error {
    /// Only carries the error to [`render_errors`], the layer that knows who asks and in which language.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What the outermost layer is told once.
#[derive(Debug, Clone)]
pub struct ErrorLayer {
    pub trusted_proxies: Arc<[IpNet]>,
    pub https: Https,
    pub public_url: Arc<str>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    layout: Layout,
    /// The messages of this error are named after it.
    kind: &'static str,
    /// What the API said.
    message: Option<String>,
    status: u16,
    retry: Option<String>,
    /// The address to open instead.
    instead: Option<String>,
}

impl ErrorPage {
    fn new(
        status: StatusCode,
        kind: &'static str,
        message: Option<String>,
        context: &RequestContext,
    ) -> Self {
        Self {
            layout: Layout::new(context),
            kind,
            message,
            status: status.as_u16(),
            retry: context.is_get.then(|| context.address.clone()),
            instead: None,
        }
    }
}

/// Knows the request before all other layers do, and turns whatever failed inside into a page. It needs neither session nor database.
pub async fn render_errors(
    State(outermost): State<ErrorLayer>,
    mut request: Request,
    next: Next,
) -> Response {
    let context = RequestContext::new(&request, &outermost.trusted_proxies, outermost.https);
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        response = page_of(&error, &context, &outermost.public_url);
    } else if is_bare_failure(&response) {
        response = page_of_status(&response, &context);
    }
    // Browsers ignore it over plain HTTP (RFC 6797, 8.1).
    let sends_hsts = outermost.https.0 && !context.is_plain_http;
    security_headers(response.headers_mut(), sends_hsts);
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// A failure that no page of ours describes: a router's 404 or 405, a form that could not be
/// read, a POST from another site, a panic.
fn is_bare_failure(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let described = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    (status.is_client_error() || status.is_server_error())
        && !described
        && response.extensions().get::<PlainErrors>().is_none()
}

/// Marks an answer that is not for people: health checks.
#[derive(Debug, Clone)]
pub struct PlainErrors;

fn page_of(error: &Error, context: &RequestContext, public_url: &str) -> Response {
    match error {
        Error::SignIn => {
            let layout = Layout::anonymous(context);
            Redirect::to(&layout.sign_in_address(!context.is_get)).into_response()
        }
        Error::PlainHttp => {
            tracing::warn!(
                request_id = context.request_id,
                "a browser came by http, and SECMON_PORTAL_PUBLIC_URL says https"
            );
            let status = StatusCode::BAD_REQUEST;
            let mut view = ErrorPage::new(status, "plain-http", None, context);
            view.instead = Some(public_url.to_owned());
            html_as(status, &view).unwrap_or_else(|_| plain(status))
        }
        Error::SecondFactor => {
            let layout = Layout::anonymous(context);
            Redirect::to(&layout.second_factor_address()).into_response()
        }
        Error::NotFound => describe(StatusCode::NOT_FOUND, "not-found", None, context),
        Error::Forbidden => describe(StatusCode::FORBIDDEN, "forbidden", None, context),
        Error::Upstream(cause) => {
            let told = upstream(cause);
            tracing::warn!(request_id = context.request_id, error = %cause, "the Secmon API failed");
            let mut page = describe(told.status, told.kind, told.message, context);
            if let Some(seconds) = told.retry_after {
                page.headers_mut()
                    .insert(header::RETRY_AFTER, seconds.into());
            }
            page
        }
        Error::IncompleteList => {
            describe(StatusCode::BAD_GATEWAY, "incomplete-list", None, context)
        }
        Error::TooManyAttempts(wait) => {
            let (status, kind) = (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts");
            describe_for_later(status, kind, whole_seconds(*wait), context)
        }
        Error::Busy => {
            let (status, kind) = (StatusCode::SERVICE_UNAVAILABLE, "busy");
            describe_for_later(status, kind, 5, context)
        }
        Error::KeyReplaced => {
            let cause = store::Error::KeyReplaced;
            tracing::error!(request_id = context.request_id, error = %cause, "a page failed");
            let (status, kind) = (StatusCode::SERVICE_UNAVAILABLE, "key-replaced");
            describe_for_later(status, kind, 60, context)
        }
        Error::Internal(cause) => {
            tracing::error!(request_id = context.request_id, error = %cause, "a page failed");
            describe(StatusCode::INTERNAL_SERVER_ERROR, "internal", None, context)
        }
    }
}

fn describe_for_later(
    status: StatusCode,
    kind: &'static str,
    seconds: u64,
    context: &RequestContext,
) -> Response {
    let mut page = describe(status, kind, None, context);
    page.headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    page
}

fn page_of_status(response: &Response, context: &RequestContext) -> Response {
    let status = response.status();
    let kind = match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method",
        StatusCode::FORBIDDEN => "elsewhere",
        status if status.is_client_error() => "form",
        _ => "internal",
    };
    if status.is_server_error() {
        tracing::error!(request_id = context.request_id, %status, "a page failed");
    }
    if kind == "elsewhere" {
        // Nobody is known to have sent it, and any page of the web can make any number of them:
        // that is no matter for the audit log.
        let client = context.client.map(tracing::field::display);
        tracing::warn!(
            request_id = context.request_id,
            client,
            "a form from elsewhere was refused"
        );
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let mut page = describe(status, kind, None, context);
    if let Some(allow) = allow {
        page.headers_mut().insert(header::ALLOW, allow);
    }
    page
}

/// How a failure of the API is told.
#[derive(Debug)]
pub struct Upstream {
    pub status: StatusCode,
    /// Its messages are `error-{kind}-what`, `-who` and `-do`.
    pub kind: &'static str,
    pub message: Option<String>,
    /// How long the API asked to be left alone, in seconds.
    pub retry_after: Option<u64>,
}

/// 502 for a broken or refused answer, 504 for a time-out, 503 for too many calls and for an API
/// that cannot be reached.
#[must_use]
pub fn upstream(error: &secmon::Error) -> Upstream {
    use secmon::Error as Api;
    let (status, kind, message) = match error {
        Api::Unreachable { .. } => (503, "unreachable", None),
        Api::TimedOut { .. } => (504, "timed-out", None),
        Api::HttpStatus {
            status, message, ..
        } => {
            let (ours, kind) = gateway(*status);
            (ours, kind, message.clone())
        }
        Api::Refused { message, .. } => (502, "refused", message.clone()),
        Api::UnexpectedResponse { .. } => (502, "not-the-api", None),
        Api::TooLarge { .. } => (502, "too-large", None),
        Api::MissingId => (502, "refused", None),
        Api::Token(cause) => {
            let Upstream {
                status, message, ..
            } = upstream(cause);
            (status.as_u16(), "token", message)
        }
    };
    Upstream {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY),
        kind,
        message,
        retry_after: error
            .retry_after()
            .map(|wait| wait.as_secs().saturating_add(1).min(MAX_RETRY_AFTER)),
    }
}

/// What the gateway's status becomes, and the kind that its words are named after.
fn gateway(status: u16) -> (u16, &'static str) {
    match status {
        401 => (502, "key"),
        403 => (502, "not-allowed"),
        404 => (502, "no-such-thing"),
        413 => (502, "too-large"),
        429 => (503, "too-many"),
        504 => (504, "timed-out"),
        500..=599 => (502, "gateway"),
        _ => (502, "not-the-api"),
    }
}

fn describe(
    status: StatusCode,
    kind: &'static str,
    message: Option<String>,
    context: &RequestContext,
) -> Response {
    let view = ErrorPage::new(status, kind, message, context);
    html_as(status, &view).unwrap_or_else(|_| plain(status))
}

/// When even the error's page cannot be rendered.
fn plain(status: StatusCode) -> Response {
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    (status, headers, Body::from(status.to_string())).into_response()
}
