//! The token endpoint: access tokens for a User Access Key (docs/secmon-api.md, wire format rows 3 and 4).

use std::time::Duration;

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Simulator,
    answer::{ApiError, Json},
};
use crate::model::TokenCredentials;

/// Issued tokens with their expiry.
#[derive(Default)]
pub struct Tokens {
    issued: Vec<(String, DateTime<Utc>)>,
    number: u64,
}

#[derive(Deserialize)]
pub struct Grant {
    grant_type: String,
}

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

/// RFC 6749, section 5.2.
#[derive(Serialize)]
struct ErrorResponse {
    error: &'static str,
}

pub async fn create(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    form: Result<Form<Grant>, FormRejection>,
) -> Response {
    let no = |status, error| (status, Json(ErrorResponse { error })).into_response();
    if !is_known(&headers, simulator.credentials()) {
        return no(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let Ok(Form(grant)) = form else {
        return no(StatusCode::BAD_REQUEST, "invalid_request");
    };
    if grant.grant_type != "client_credentials" {
        return no(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let lifetime = simulator.token_lifetime();
    let now = simulator.clock().now();
    let access_token = simulator.state().tokens.give(now, lifetime);
    Json(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: lifetime.as_secs(),
    })
    .into_response()
}

/// Checks `Authorization: Basic base64(id:secret)`; any credentials do where none are set.
fn is_known(headers: &HeaderMap, credentials: Option<&TokenCredentials>) -> bool {
    let sent = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|value| BASE64_STANDARD.decode(value).ok());
    match (sent, credentials) {
        (None, _) => false,
        (Some(sent), None) => sent.contains(&b':'),
        (Some(sent), Some(known)) => {
            sent == format!("{}:{}", known.id(), known.expose_secret()).into_bytes()
        }
    }
}

impl Tokens {
    fn give(&mut self, now: DateTime<Utc>, lifetime: Duration) -> String {
        self.number += 1;
        let token = format!("simulated-token-{:06}", self.number);
        let lifetime = TimeDelta::from_std(lifetime).unwrap_or(TimeDelta::MAX);
        let end = now.checked_add_signed(lifetime);
        self.issued.retain(|(_, end)| *end > now);
        self.issued
            .push((token.clone(), end.unwrap_or(DateTime::<Utc>::MAX_UTC)));
        token
    }

    pub fn revoke(&mut self) {
        self.issued.clear();
    }

    /// Checks `x-nhn-authorization`: guides show the bare token and the word `Bearer` before it.
    pub fn check(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Result<(), ApiError> {
        let sent = headers
            .get("x-nhn-authorization")
            .ok_or(ApiError::TOKEN_MISSING)?;
        let sent = sent.to_str().map_err(|_| ApiError::TOKEN_INVALID)?;
        let sent = sent.strip_prefix("Bearer ").unwrap_or(sent);
        self.issued
            .iter()
            .any(|(token, end)| token == sent && *end > now)
            .then_some(())
            .ok_or(ApiError::TOKEN_INVALID)
    }
}
