//! Errors of pages, and the layer that renders them.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
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

/// The longest pause that is passed on from the API, in seconds.
const MAX_RETRY_AFTER: u64 = 60 * 60;

#[derive(Debug, Clone)]
pub enum Error {
    /// There is no session, or it has ended.
    SignIn,
    /// The browser uses http, and cookies travel by https only.
    PlainHttp,
    /// The user must set up a second factor first.
    SecondFactor,
    NotFound,
    Forbidden,
    /// The team's API failed.
    Upstream(Arc<secmon::Error>),
    /// The secret key was replaced, and this portal does not have the new one yet.
    KeyReplaced,
    /// The API counted more rows than it sent.
    IncompleteList,
    /// The login rate limit, and how long it holds.
    TooManyAttempts(Duration),
    /// Too many passwords are being checked.
    Busy,
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

/// Rounded up: after that many seconds the wait is over.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX)
}

impl IntoResponse for Error {
    /// Carries the error to [`render_errors`], which knows the user and the locale.
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// An error as it is shown.
#[derive(Debug)]
pub struct Description {
    pub status: StatusCode,
    /// Its messages are `error-{kind}-title`, `-what`, `-who` and `-do`.
    pub kind: &'static str,
    /// The API's message.
    pub message: Option<String>,
    /// In seconds.
    retry_after: Option<u64>,
}

impl Description {
    fn new(status: StatusCode, kind: &'static str) -> Self {
        Self {
            status,
            kind,
            message: None,
            retry_after: None,
        }
    }

    fn retry_after(self, seconds: u64) -> Self {
        let retry_after = Some(seconds);
        Self {
            retry_after,
            ..self
        }
    }
}

impl From<&Error> for Description {
    fn from(error: &Error) -> Self {
        use StatusCode as Status;
        match error {
            Error::SignIn | Error::SecondFactor | Error::Forbidden => {
                Self::new(Status::FORBIDDEN, "forbidden")
            }
            Error::PlainHttp => Self::new(Status::BAD_REQUEST, "plain-http"),
            Error::NotFound => Self::new(Status::NOT_FOUND, "not-found"),
            Error::Upstream(error) => error.as_ref().into(),
            Error::KeyReplaced => {
                Self::new(Status::SERVICE_UNAVAILABLE, "key-replaced").retry_after(60)
            }
            Error::IncompleteList => Self::new(Status::BAD_GATEWAY, "incomplete-list"),
            Error::TooManyAttempts(wait) => {
                Self::new(Status::TOO_MANY_REQUESTS, "too-many-attempts")
                    .retry_after(whole_seconds(*wait))
            }
            Error::Busy => Self::new(Status::SERVICE_UNAVAILABLE, "busy").retry_after(5),
            Error::Internal(_) => Self::new(Status::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

/// 502 for a broken or refused answer, 504 for a timeout, 503 for too many calls and for an API that cannot be reached.
impl From<&secmon::Error> for Description {
    fn from(error: &secmon::Error) -> Self {
        use secmon::Error as Api;
        let ((status, kind), message) = match error {
            Api::Unreachable { .. } => ((StatusCode::SERVICE_UNAVAILABLE, "unreachable"), &None),
            Api::TimedOut { .. } => ((StatusCode::GATEWAY_TIMEOUT, "timed-out"), &None),
            Api::HttpStatus {
                status, message, ..
            } => (upstream_status(*status), message),
            Api::Refused { message, .. } => ((StatusCode::BAD_GATEWAY, "refused"), message),
            Api::MissingId => ((StatusCode::BAD_GATEWAY, "refused"), &None),
            Api::UnexpectedResponse { .. } => ((StatusCode::BAD_GATEWAY, "not-the-api"), &None),
            Api::TooLarge { .. } => ((StatusCode::BAD_GATEWAY, "too-large"), &None),
            Api::Token(cause) => {
                let kind = "token";
                return Self {
                    kind,
                    ..Self::from(cause.as_ref())
                };
            }
        };
        let seconds = |wait: Duration| wait.as_secs().saturating_add(1).min(MAX_RETRY_AFTER);
        Self {
            status,
            kind,
            message: message.clone(),
            retry_after: error.retry_after().map(seconds),
        }
    }
}

/// A failure of the API as it is shown inside a page.
pub type Upstream = Description;

#[must_use]
pub fn upstream(error: &secmon::Error) -> Upstream {
    error.into()
}

fn upstream_status(status: u16) -> (StatusCode, &'static str) {
    match status {
        401 => (StatusCode::BAD_GATEWAY, "key"),
        403 => (StatusCode::BAD_GATEWAY, "not-allowed"),
        404 => (StatusCode::BAD_GATEWAY, "no-such-thing"),
        413 => (StatusCode::BAD_GATEWAY, "too-large"),
        429 => (StatusCode::SERVICE_UNAVAILABLE, "too-many"),
        504 => (StatusCode::GATEWAY_TIMEOUT, "timed-out"),
        500..=599 => (StatusCode::BAD_GATEWAY, "gateway"),
        _ => (StatusCode::BAD_GATEWAY, "not-the-api"),
    }
}

/// The settings of [`render_errors`].
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
    kind: &'static str,
    message: Option<String>,
    status: u16,
    retry: Option<String>,
    /// The address to open instead.
    instead: Option<String>,
}

/// Marks a machine-readable response: health checks.
#[derive(Debug, Clone)]
pub struct PlainErrors;

/// Creates the request's context, and renders errors of inner layers as pages, without session or database.
pub async fn render_errors(
    State(layer): State<ErrorLayer>,
    mut request: Request,
    next: Next,
) -> Response {
    let context = RequestContext::new(&request, &layer.trusted_proxies, layer.https);
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        response = page_of_error(&error, &context, &layer.public_url);
    } else if is_bare_failure(&response) {
        response = page_of_status(&response, &context);
    }
    // Browsers ignore it over plain HTTP (RFC 6797, 8.1).
    let sends_hsts = layer.https.0 && !context.is_plain_http;
    security_headers(response.headers_mut(), sends_hsts);
    if let Ok(id) = HeaderValue::from_str(&context.request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// A failure without a page: the router's 404 or 405, an unreadable form, a cross-site POST, a panic.
fn is_bare_failure(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    (status.is_client_error() || status.is_server_error())
        && !is_page
        && response.extensions().get::<PlainErrors>().is_none()
}

fn page_of_error(error: &Error, context: &RequestContext, public_url: &str) -> Response {
    let request_id = &context.request_id;
    let mut instead = None;
    match error {
        Error::SignIn => {
            let there = Layout::anonymous(context).sign_in_address(!context.is_get);
            return Redirect::to(&there).into_response();
        }
        Error::SecondFactor => {
            let there = Layout::anonymous(context).second_factor_address();
            return Redirect::to(&there).into_response();
        }
        Error::PlainHttp => {
            instead = Some(public_url.to_owned());
            tracing::warn!(
                request_id,
                "a browser came by http, and SECMON_PORTAL_PUBLIC_URL says https"
            );
        }
        Error::Upstream(cause) => {
            tracing::warn!(request_id, error = %cause, "the Secmon API failed");
        }
        Error::KeyReplaced => {
            let cause = store::Error::KeyReplaced;
            tracing::error!(request_id, error = %cause, "a page failed");
        }
        Error::Internal(cause) => tracing::error!(request_id, error = %cause, "a page failed"),
        _ => {}
    }
    page(error.into(), instead, context)
}

fn page_of_status(response: &Response, context: &RequestContext) -> Response {
    let (status, request_id) = (response.status(), &context.request_id);
    let kind = match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::METHOD_NOT_ALLOWED => "method",
        StatusCode::FORBIDDEN => "elsewhere",
        status if status.is_client_error() => "form",
        _ => "internal",
    };
    if status.is_server_error() {
        tracing::error!(request_id, %status, "a page failed");
    }
    if status == StatusCode::FORBIDDEN {
        // Any page of the web can cause it, for no known user: it is not audited.
        let client = context.client.map(tracing::field::display);
        tracing::warn!(request_id, client, "a cross-site form was refused");
    }
    let mut page = page(Description::new(status, kind), None, context);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allow.clone());
    }
    page
}

fn page(description: Description, instead: Option<String>, context: &RequestContext) -> Response {
    let Description {
        status,
        kind,
        message,
        retry_after,
    } = description;
    let view = ErrorPage {
        layout: Layout::new(context),
        kind,
        message,
        status: status.as_u16(),
        retry: context.is_get.then(|| context.address.clone()),
        instead,
    };
    let page = html_as(status, &view);
    // When even the error's page cannot be rendered.
    let mut page = page.unwrap_or_else(|_| (status, status.to_string()).into_response());
    if let Some(seconds) = retry_after {
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    page
}
