//! Health checks: liveness and readiness.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use crate::{
    store::{Readiness, Store},
    web::error::PlainErrors,
};

pub async fn alive() -> &'static str {
    "ok\n"
}

pub async fn ready(State(store): State<Store>) -> Response {
    let (status, words) = match store.ready().await {
        Readiness::Ready => (StatusCode::OK, "ready\n"),
        Readiness::NoDatabase => {
            let words = "the database does not answer\n";
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
        Readiness::NotWritable => {
            let words = "the database takes no changes: its disk is full, or it is read-only\n";
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
        Readiness::KeyReplaced => {
            let words = "the key was replaced, and this portal does not have the new one yet\n";
            (StatusCode::SERVICE_UNAVAILABLE, words)
        }
    };
    let mut response = (status, words).into_response();
    response.extensions_mut().insert(PlainErrors);
    response
}
