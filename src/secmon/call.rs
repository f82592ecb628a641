//! One call: waits for its turn, gets a token, sends, and tries again where that is harmless.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
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
    page_sizes::PageSizes,
    redact::Secrets,
    response::Answer,
    settings::{BuildError, Settings},
    token::{Token, Tokens},
};

/// Requests that one GET may become.
const MAX_TRIES: u32 = 3;
/// The pause before the second try; the next one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Caller {
    pub settings: Settings,
    pub page_sizes: PageSizes,
    http: Http,
    tokens: Tokens,
    turns: Mutex<HashMap<TeamId, Arc<Semaphore>>>,
}

impl Caller {
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        settings.check()?;
        Ok(Self {
            http: Http::new(&settings)?,
            tokens: Tokens::new(settings.token_url.clone()),
            turns: Mutex::default(),
            page_sizes: PageSizes::default(),
            settings,
        })
    }

    /// Whatever was answered, or why nothing was, within the time limit of one call.
    pub async fn call(
        &self,
        access: &ApiAccess,
        endpoint: &Endpoint<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        let call = Call {
            caller: self,
            access,
            endpoint,
            body,
            deadline: started + self.settings.timeout,
        };
        let outcome = call.make().await;
        telemetry::upstream::record_call(
            endpoint.name(),
            outcome_label(&outcome),
            started.elapsed(),
        );
        let status = outcome.as_ref().map(|answer| answer.status);
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

    /// A place among the team's calls: one team's hanging API leaves the others theirs.
    async fn turn(&self, team: &TeamId, deadline: Instant) -> Result<OwnedSemaphorePermit, Error> {
        let turns = {
            let mut teams = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let places = self.settings.calls_per_team;
            let places = places.clamp(1, Semaphore::MAX_PERMITS);
            let places = || Arc::new(Semaphore::new(places));
            Arc::clone(teams.entry(team.clone()).or_insert_with(places))
        };
        match timeout_at(deadline, turns.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            // A semaphore that nobody closes gives no error of its own.
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
    async fn make(&self) -> Result<Answer, Error> {
        let _turn = self.caller.turn(&self.access.team, self.deadline).await?;
        // A change whose answer was lost may have been made: sending it again could add or release twice.
        let tries = if self.endpoint.method() == Method::GET {
            MAX_TRIES
        } else {
            1
        };
        let mut pause = FIRST_PAUSE;
        for _ in 1..tries {
            let outcome = self.attempt().await;
            let Some(wish) = wish_to_retry(&outcome) else {
                return outcome;
            };
            // Half to all of the pause, so that many who failed together do not come back together.
            let wait = pause.mul_f64(0.5 + fastrand::f64() / 2.0).max(wish);
            if wait >= self.deadline.saturating_duration_since(Instant::now()) {
                return outcome;
            }
            sleep(wait).await;
            pause *= 2;
        }
        self.attempt().await
    }

    async fn attempt(&self) -> Result<Answer, Error> {
        let Some(credentials) = &self.access.token else {
            return self.send(None).await;
        };
        let Caller { tokens, http, .. } = self.caller;
        let token = || async {
            let got = tokens.get(http, credentials, self.deadline, self.secrets());
            got.await.map_err(|error| Error::Token(Box::new(error)))
        };
        let held = token().await?;
        let answer = self.send(Some(&held)).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        // Once more with a new token, changes too: 401 comes from the gateway, which passed nothing on.
        tokens.forget(credentials, &held, self.deadline).await;
        self.send(Some(&*token().await?)).await
    }

    async fn send(&self, token: Option<&Token>) -> Result<Answer, Error> {
        let Caller { settings, http, .. } = self.caller;
        let url = self.endpoint.address(self.base(), &self.access.app_key);
        let mut request = http.client(&url).request(self.endpoint.method(), url);
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        let mut secrets = self.secrets();
        if let Some(token) = token.map(Token::expose_secret) {
            let value = authorization(&settings.token_prefix, token)?;
            request = request.header("x-nhn-authorization", value);
            secrets = secrets.and(token);
        }
        http.send(request, settings.max_body, self.deadline, secrets)
            .await
    }

    fn base(&self) -> &Url {
        self.caller.settings.bases.of(self.access.region)
    }

    fn secrets(&self) -> Secrets {
        Secrets::of(self.access, [self.base(), &self.caller.settings.token_url])
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
fn outcome_label(outcome: &Result<Answer, Error>) -> &'static str {
    match outcome {
        Ok(answer) => match answer.status {
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

/// Is it worth another try, and how long does the far side want to be left alone before.
fn wish_to_retry(outcome: &Result<Answer, Error>) -> Option<Duration> {
    match outcome {
        Ok(answer) if matches!(answer.status, 429 | 502 | 503 | 504) => {
            Some(answer.retry_after.unwrap_or_default())
        }
        Err(Error::Unreachable { .. }) => Some(Duration::ZERO),
        _ => None,
    }
}
