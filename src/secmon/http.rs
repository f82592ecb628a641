//! The HTTP client: sends one request and reads its answer within limits.

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
    response::Answer,
    settings::{BuildError, Settings},
};

/// Cap of `Retry-After`: whatever the API asks for, nobody waits longer, and no sum with it overflows.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);
/// Of an answer that is no success only the gateway's header matters, which is far shorter.
const MAX_REFUSAL: usize = 64 * 1024;

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

    /// Sends, and reads the answer up to `longest` bytes.
    pub async fn send(
        &self,
        request: RequestBuilder,
        longest: usize,
        deadline: Instant,
        secrets: Secrets,
    ) -> Result<Answer, Error> {
        // A limit that ran out while waiting would still let the sending begin, and leave a change in doubt.
        if Instant::now() >= deadline {
            return Err(Error::TimedOut { sent: false });
        }
        let response = timeout_at(deadline, request.send())
            .await
            .map_err(|_| Error::TimedOut { sent: true })?
            .map_err(|error| self.unreachable(error))?;
        let (status, retry_after) = (response.status(), self.retry_after(response.headers()));
        let body = if status.is_success() {
            timeout_at(deadline, body(response, longest))
                .await
                .map_err(|_| Error::TimedOut { sent: true })??
        } else {
            // The status says enough: a refusal whose body is too long, broken or slow stays a refusal.
            let patience = deadline - (deadline - Instant::now()) / 2;
            timeout_at(patience, body(response, MAX_REFUSAL))
                .await
                .unwrap_or(Ok(Vec::new()))
                .unwrap_or_default()
        };
        Ok(Answer {
            status: status.as_u16(),
            retry_after,
            body,
            secrets,
        })
    }

    /// Vocabulary of the portal's own: the texts of HTTP and TLS errors name the host, or the whole address.
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

    /// `Retry-After`: seconds, or a date, which then is compared with the server's own clock.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
        let wish = text(RETRY_AFTER)?;
        let wish = if let Ok(seconds) = wish.parse() {
            Duration::from_secs(seconds)
        } else {
            let until = DateTime::parse_from_rfc2822(wish).ok()?.to_utc();
            let date = text(DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
            let now = date.map_or_else(|| self.clock.now(), |date| date.to_utc());
            (until - now).to_std().unwrap_or(Duration::ZERO)
        };
        Some(wish.min(MAX_RETRY_AFTER))
    }
}

fn configure(builder: ClientBuilder, timeout: Duration) -> ClientBuilder {
    let json = HeaderValue::from_static("application/json");
    // The guide's examples send the type with every request, also where there is no body.
    let headers = HeaderMap::from_iter([(ACCEPT, json.clone()), (CONTENT_TYPE, json)]);
    builder
        .default_headers(headers)
        // Over HTTP/2 all teams of a region would share one connection, and one team's hanging calls
        // could use up its streams.
        .http1_only()
        // A connection that cannot be made is told apart from a call whose outcome is unknown.
        .connect_timeout(timeout / 2)
}

/// By how much the place for a body grows, in bytes.
const STEP: usize = 1024 * 1024;

/// Counts what came out of decompression, so a small bomb is refused as soon as it has grown too large.
async fn body(mut response: Response, longest: usize) -> Result<Vec<u8>, Error> {
    let too_large = Error::TooLarge { limit: longest };
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).unwrap_or(usize::MAX) > longest {
        return Err(too_large);
    }
    let mut body = Vec::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|_| Error::UnexpectedResponse {
                what: "an answer that broke off or could not be decompressed",
            })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > longest {
            return Err(too_large);
        }
        // In steps, not in doublings: several bodies near the limit at once are the worst case.
        if body.capacity() - body.len() < chunk.len() {
            let step = if body.is_empty() { 0 } else { STEP };
            body.reserve_exact(chunk.len().max(step));
        }
        body.extend_from_slice(&chunk);
    }
}

/// Looks for an error of rustls among the causes.
fn is_about_tls(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        // An `io::Error` leaves the error that it wraps out of its sources, and one can wrap another.
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
