//! Exceptions from compression: responses to other sites' requests, small ones, and exports.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};

/// Below this size compression costs more time than it saves.
const MIN_COMPRESSED: u64 = 1024;

/// BREACH: another site that opens our pages with text of its choice in the address could guess secrets from the
/// compressed length. Browsers send `Sec-Fetch-Site`; other clients follow nobody's links.
pub async fn skip_compression_cross_site(mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site == "cross-site" || site == "same-site") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

/// Which responses are compressed. Exports are not: the compressor would hold slow rows back until a proxy times out.
#[must_use]
pub fn predicate() -> impl Predicate {
    let is_no_export =
        |_, _, headers: &HeaderMap, _: &_| !headers.contains_key(header::CONTENT_DISPOSITION);
    DefaultPredicate::new()
        .and(SizeAbove::new(MIN_COMPRESSED))
        .and(is_no_export)
}
