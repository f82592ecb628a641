//! The baseline: axum relays what reqwest reads.

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use futures_util::future::join_all;
use reqwest::Client;

use crate::support;

#[derive(Clone)]
struct Source {
    client: Client,
    base: String,
}

/// Serves `/{paths}`, the API's responses to paths parted by commas.
pub async fn serve(base: &str) -> String {
    let source = Source {
        client: crate::measure::client(),
        base: format!("{base}/v1.0/appkeys/key"),
    };
    let router = Router::new()
        .route("/{*paths}", get(relay))
        .with_state(source);
    support::serve(router).await
}

async fn relay(State(source): State<Source>, Path(paths): Path<String>) -> Vec<u8> {
    let read = async |path: &str| {
        let url = format!("{}/{path}", source.base);
        let response = source.client.get(url).send().await.expect("a response");
        response.bytes().await.expect("a body")
    };
    join_all(paths.split(',').map(read)).await.concat()
}
