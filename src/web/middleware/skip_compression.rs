//! Which answers are compressed: none that somebody else makes a browser ask for, and no files.

use axum::{
    extract::Request,
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

/// Who makes a browser open our pages with texts of their choice in the address, and sees how long
/// the answers are, could tell from the length what else stands in them (BREACH). A browser says
/// whether the page that leads here is ours; programs say nothing, and nobody leads them.
pub async fn skip_compression_cross_site(mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    if site.is_some_and(|site| site == "cross-site" || site == "same-site") {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

/// Files are sent as they are made. A compressor would keep back what comes slowly, until a proxy runs out of patience.
#[must_use]
pub fn unless_file() -> impl Predicate {
    let is_no_file =
        |_, _, headers: &HeaderMap, _: &_| !headers.contains_key(header::CONTENT_DISPOSITION);
    DefaultPredicate::new().and(is_no_file)
}
