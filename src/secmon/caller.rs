//! One API call: permit, access token, request, retries.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use reqwest::{Method, header::HeaderValue};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout_at},
};
use url::Url;

use crate::{
    model::{ApiAccess, TeamId},
    telemetry,
};

use super::{
    endpoint::Endpoint,
    error::Error,
    http::Http,
    lock,
    page_sizes::PageSizes,
    redact::Secrets,
    response::ApiResponse,
    settings::{BuildError, Settings},
    single_flight::SingleFlight,
    token::{Token, Tokens},
};

/// Attempts of one read.
const MAX_ATTEMPTS: u32 = 3;
/// Doubles with each retry.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

pub(super) struct Caller {
    pub settings: Settings,
    pub page_sizes: PageSizes,
    pub reads: SingleFlight,
    http: Http,
    tokens: Tokens,
    permits: Mutex<HashMap<TeamId, Arc<Semaphore>>>,
}

impl Caller {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        settings.check()?;
        Ok(Self {
            http: Http::new(&settings)?,
            tokens: Tokens::new(settings.token_url.clone()),
            permits: Mutex::default(),
            page_sizes: PageSizes::default(),
            reads: SingleFlight::default(),
            settings,
        })
    }

    /// The API's response within the timeout, with any status.
    pub async fn call(
        &self,
        access: &ApiAccess,
        endpoint: &Endpoint<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<ApiResponse, Error> {
        let started = Instant::now();
        let call = Call {
            caller: self,
            access,
            endpoint,
            body,
            deadline: started + self.settings.timeout,
        };
        let outcome = call.send_with_retries().await;
        telemetry::upstream::record_call(
            endpoint.name(),
            outcome_label(&outcome),
            started.elapsed(),
        );
        let status = outcome.as_ref().map(|response| response.status);
        tracing::debug!(
            endpoint = endpoint.name(),
            team = %access.team,
            status = status.as_ref().ok(),
            error = status.as_ref().err().map(tracing::field::display),
            milliseconds = started.elapsed().as_millis(),
            "called the Secmon API"
        );
        outcome
    }

    /// One of the team's permits: a hanging API holds up no other team.
    async fn permit(
        &self,
        team: &TeamId,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, Error> {
        let size = self.settings.calls_per_team;
        let size = size.clamp(1, Semaphore::MAX_PERMITS);
        let permits = Arc::clone(
            lock(&self.permits)
                .entry(team.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(size))),
        );
        match timeout_at(deadline, permits.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(Error::TimedOut { sent: false }),
        }
    }
}

struct Call<'a> {
    caller: &'a Caller,
    access: &'a ApiAccess,
    endpoint: &'a Endpoint<'a>,
    body: Option<Vec<u8>>,
    deadline: Instant,
}

impl Call<'_> {
    async fn send_with_retries(&self) -> Result<ApiResponse, Error> {
        let _permit = self.caller.permit(&self.access.team, self.deadline).await?;
        // A change whose response was lost may have taken effect: a retry could add or release twice.
        let is_read = self.endpoint.method() == Method::GET;
        let retries = if is_read { MAX_ATTEMPTS - 1 } else { 0 };
        let mut backoff = FIRST_BACKOFF;
        for _ in 0..retries {
            let outcome = self.send_with_token().await;
            let Some(retry_after) = retry_after(&outcome) else {
                return outcome;
            };
            // Jitter: calls that failed together do not return together.
            let delay = backoff.mul_f64(0.5 + fastrand::f64() / 2.0);
            let delay = delay.max(retry_after);
            if delay >= self.deadline.saturating_duration_since(Instant::now()) {
                return outcome;
            }
            sleep(delay).await;
            backoff *= 2;
        }
        self.send_with_token().await
    }

    async fn send_with_token(&self) -> Result<ApiResponse, Error> {
        let Some(credentials) = &self.access.token else {
            return self.send(None).await;
        };
        let Caller { tokens, http, .. } = self.caller;
        let token = || async {
            let token = tokens.get(http, credentials, self.deadline, self.secrets());
            token.await.map_err(|error| Error::Token(Box::new(error)))
        };
        let cached = token().await?;
        let response = self.send(Some(&cached)).await?;
        if response.status != 401 {
            return Ok(response);
        }
        // Changes too: the 401 comes from the gateway, which forwarded nothing.
        tokens.forget(credentials, &cached, self.deadline).await;
        self.send(Some(&*token().await?)).await
    }

    async fn send(&self, token: Option<&Token>) -> Result<ApiResponse, Error> {
        let Caller { settings, http, .. } = self.caller;
        let url = self.endpoint.url(self.base(), &self.access.app_key);
        let mut request = http.client(&url).request(self.endpoint.method(), url);
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let mut secrets = self.secrets();
        if let Some(token) = token.map(Token::expose_secret) {
            let value = authorization(&settings.token_prefix, token)?;
            request = request.header("x-nhn-authorization", value);
            secrets = secrets.with_token(token);
        }
        http.send(request, settings.max_body, self.deadline, secrets)
            .await
    }

    fn base(&self) -> &Url {
        self.caller.settings.bases.get(self.access.region)
    }

    fn secrets(&self) -> Secrets {
        Secrets::new(self.access, [self.base(), &self.caller.settings.token_url])
    }
}

fn authorization(prefix: &str, token: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(format!("{prefix}{token}")).map_err(|_| {
        Error::Token(Box::new(Error::UnexpectedResponse {
            what: "an access token that cannot stand in a header",
        }))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The outcome of a call, for metrics.
fn outcome_label(outcome: &Result<ApiResponse, Error>) -> &'static str {
    match outcome {
        Ok(response) => match response.status {
            200..300 => "success",
            429 => "too-many-requests",
            400..500 => "client-error",
            500..600 => "server-error",
            _ => "unexpected-response",
        },
        Err(Error::Unreachable { .. }) => "unreachable",
        Err(Error::TimedOut { .. }) => "timeout",
        Err(Error::Token(_)) => "token",
        Err(_) => "unexpected-response",
    }
}

/// The shortest delay before a retry; `None` when a retry is pointless.
fn retry_after(outcome: &Result<ApiResponse, Error>) -> Option<Duration> {
    match outcome {
        Ok(response) if matches!(response.status, 429 | 502..=504) => {
            Some(response.retry_after.unwrap_or_default())
        }
        Err(Error::Unreachable { .. }) => Some(Duration::ZERO),
        _ => None,
    }
}
