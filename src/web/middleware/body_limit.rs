//! How large a form may be, how many fields it may have, and how long it may take to arrive.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::control::MAX_ITEMS;

/// A form with five thousand things chosen, and what goes along with each, takes some 500 KB.
pub const MAX_FORM_BYTES: usize = 1024 * 1024;

/// How many fields a form may have, and how many parameters an address. A confirmation has two for each thing that it asks
/// for, and a few more.
const MAX_FIELDS: usize = 2 * MAX_ITEMS + 100;

/// All of it must have arrived by then, however steadily it drips.
const FORM_TIMEOUT: Duration = Duration::from_secs(20);

/// Reads a form whole before anything else is done for it: who sends slowly holds a connection,
/// and neither a handler nor the database.
pub async fn body_limit(request: Request, next: Next) -> Response {
    if request
        .uri()
        .query()
        .is_some_and(|query| is_too_many(query.as_bytes()))
    {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(FORM_TIMEOUT, to_bytes(body, MAX_FORM_BYTES)).await {
        Ok(Ok(bytes)) if is_too_many(&bytes) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Ok(Ok(bytes)) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Are there more fields than any form of ours has.
fn is_too_many(form: &[u8]) -> bool {
    form.split(|byte| *byte == b'&').count() > MAX_FIELDS
}
