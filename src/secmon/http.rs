//! The HTTP client: sends one request and reads its response within limits.

use std::{io, time::Duration};

use chrono::DateTime;
use reqwest::{
    Client, ClientBuilder, RequestBuilder, Response,
    header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{http_client::HttpClients, model::Clock};

use super::{
    error::Error,
    redact::Secrets,
    response::ApiResponse,
    settings::{BuildError, Settings},
};

/// Cap of `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);
/// Of an error response only the gateway's header matters, which is far shorter.
const MAX_ERROR_BODY: usize = 64 * 1024;

pub(super) struct Http {
    clients: HttpClients,
    clock: Clock,
}

impl Http {
    pub fn new(settings: &Settings) -> Result<Self, BuildError> {
        let clients = HttpClients::new(|builder| configure(builder, settings.timeout));
        Ok(Self {
            clients: clients.map_err(|_| BuildError::Client)?,
            clock: settings.clock.clone(),
        })
    }

    pub fn client(&self, url: &Url) -> &Client {
        self.clients.client(url)
    }

    /// Sends a request and reads up to `max_body` bytes of its response.
    pub async fn send(
        &self,
        request: RequestBuilder,
        max_body: usize,
        deadline: Instant,
        secrets: Secrets,
    ) -> Result<ApiResponse, Error> {
        // `timeout_at` polls once even after its deadline, which could send a change and leave it in doubt.
        let started = Instant::now();
        if started >= deadline {
            return Err(Error::TimedOut { sent: false });
        }
        let response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| Error::TimedOut { sent: true })?
            .map_err(|error| self.unreachable(error))?;
        let (status, retry_after) = (response.status(), self.retry_after(response.headers()));
        let body = if status.is_success() {
            timeout_at(deadline, read_body(response, max_body))
                .await
                .map_err(|_| Error::TimedOut { sent: true })??
        } else {
            // The status suffices: the body of an error may be too long, broken or slow.
            let patience = deadline - (deadline - Instant::now()) / 2;
            timeout_at(patience, read_body(response, MAX_ERROR_BODY))
                .await
                .unwrap_or(Ok(Vec::new()))
                .unwrap_or_default()
        };
        Ok(ApiResponse {
            started,
            status: status.as_u16(),
            retry_after,
            body,
            secrets,
        })
    }

    /// A message without the texts of HTTP and TLS errors, which hold the host or the whole URL.
    fn unreachable(&self, error: reqwest::Error) -> Error {
        let error = error.without_url();
        let sent = !(error.is_connect() || error.is_builder());
        let why = match () {
            () if error.is_dns() => "its name could not be resolved",
            () if is_about_tls(&error) && !self.clients.has_roots => {
                "this machine has no root certificates to check it by"
            }
            () if is_about_tls(&error) => "its certificate or encryption is not acceptable",
            () if !sent => "no connection could be made",
            () => "the connection broke before it answered",
        };
        Error::Unreachable { why, sent }
    }

    /// `Retry-After`: seconds, or a date by the server's own clock.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
        let value = text(RETRY_AFTER)?;
        let delay = if let Ok(seconds) = value.parse() {
            Duration::from_secs(seconds)
        } else {
            let until = DateTime::parse_from_rfc2822(value).ok()?.to_utc();
            let date = text(DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
            let now = date.map_or_else(|| self.clock.now(), |date| date.to_utc());
            (until - now).to_std().unwrap_or(Duration::ZERO)
        };
        Some(delay.min(MAX_RETRY_AFTER))
    }
}

fn configure(builder: ClientBuilder, timeout: Duration) -> ClientBuilder {
    let json = HeaderValue::from_static("application/json");
    // The guide's examples send the type with every request, even without a body.
    let headers = HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
    builder
        .default_headers(headers)
        // Over HTTP/2 all teams of a region would share one connection, and one team's hanging calls
        // could use up its streams.
        .http1_only()
        // Shorter than the call's timeout, so that a failed connection differs from a call in doubt.
        .connect_timeout(timeout / 2)
}

/// Growth of a body's buffer, in bytes.
const BUFFER_STEP: usize = 1024 * 1024;

/// The limit holds after decompression, so that a gzip bomb is refused early.
async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Error> {
    let announced = usize::try_from(response.content_length().unwrap_or(0));
    let announced = announced.unwrap_or(usize::MAX);
    if announced > limit {
        return Err(Error::TooLarge { limit });
    }
    let mut body = Vec::with_capacity(announced);
    let broken = |_| Error::UnexpectedResponse {
        what: "a body that broke off or could not be decompressed",
    };
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        // Doubling would waste memory when several bodies near the limit arrive at once.
        if body.capacity() - body.len() < chunk.len() {
            let step = if body.is_empty() { 0 } else { BUFFER_STEP };
            body.reserve_exact(chunk.len().max(step));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Whether rustls is among the causes.
fn is_about_tls(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        // `io::Error::source` skips the error that it wraps.
        cause = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}
