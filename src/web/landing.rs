//! A layer around the login pages: a sign-in ends at a page that exists, and does not start where its cookie cannot arrive.

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use tower::ServiceExt as _;

use super::{Error, context::RequestContext};

/// No route has this method, so that the answer lists those it has.
const PROBE: &[u8] = b"PROBE";

/// The portal's routes, for matching addresses.
#[derive(Debug, Clone)]
pub struct KnownPages(pub Router);

/// Refuses a sign-in over http where cookies travel by https only. A redirect to an address that only takes forms goes
/// to the nearest page above.
pub async fn land(State(pages): State<KnownPages>, request: Request, next: Next) -> Response {
    let context = request.extensions().get::<RequestContext>();
    if context.is_some_and(|context| context.is_plain_http) {
        return Error::PlainHttp.into_response();
    }
    let mut response = next.run(request).await;
    let location = response.headers().get(header::LOCATION);
    let Some(there) = location.and_then(|there| there.to_str().ok()) else {
        return response;
    };
    if there.starts_with('/')
        && let Some(above) = page_above(&pages, there).await
        && let Ok(above) = HeaderValue::from_str(&above)
    {
        response.headers_mut().insert(header::LOCATION, above);
    }
    response
}

/// The nearest page above, if the address itself is none.
async fn page_above(pages: &KnownPages, address: &str) -> Option<String> {
    let (path, _) = address.split_once(['?', '#']).unwrap_or((address, ""));
    if pages.has(path).await {
        return None;
    }
    let mut above = path;
    while let Some((shorter, _)) = above
        .rsplit_once('/')
        .filter(|(parent, _)| !parent.is_empty())
    {
        if pages.has(shorter).await {
            return Some(shorter.to_owned());
        }
        above = shorter;
    }
    Some("/".to_owned())
}

impl KnownPages {
    /// Whether a page has this path. No handler runs.
    pub async fn has(&self, path: &str) -> bool {
        let method = Method::from_bytes(PROBE).unwrap_or_default();
        let request = Request::builder().method(method).uri(path);
        let Ok(request) = request.body(Body::empty()) else {
            return false;
        };
        let answer = self.0.clone().oneshot(request).await;
        let answer = answer.unwrap_or_else(|never| match never {});
        let allowed = answer.headers().get(header::ALLOW);
        let allowed = allowed.and_then(|methods| methods.to_str().ok());
        answer.status() == StatusCode::METHOD_NOT_ALLOWED
            && allowed.is_some_and(|methods| methods.split(',').any(|method| method == "GET"))
    }
}
