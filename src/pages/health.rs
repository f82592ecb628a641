//! Answers for machines: does the process live, can it serve.

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};

use crate::{
    store::Store,
    web::{Portal, error::ForMachines},
};

pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive() -> &'static str {
    "ok\n"
}

async fn ready(State(store): State<Store>) -> Response {
    let (status, words) = if store.ready().await {
        (StatusCode::OK, "ready\n")
    } else {
        let words = "the database does not answer\n";
        (StatusCode::SERVICE_UNAVAILABLE, words)
    };
    let mut response = (status, words).into_response();
    response.extensions_mut().insert(ForMachines);
    response
}
