//! How large a form may be, and how long it may take to arrive.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

/// A form with five thousand things chosen, and what goes along with each, takes some 500 KB.
const LARGEST: usize = 1024 * 1024;

/// All of it must have arrived by then, however steadily it drips.
const LONGEST: Duration = Duration::from_secs(20);

/// Reads a form whole before anything else is done for it: who sends slowly holds a connection,
/// and neither a handler nor the database.
pub async fn whole_body(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(LONGEST, to_bytes(body, LARGEST)).await {
        Ok(Ok(bytes)) => {
            next.run(Request::from_parts(parts, Body::from(bytes)))
                .await
        }
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
