//! NUL in requests. PostgreSQL stores every character but this one, and no text that people type
//! holds it, so it is replaced before any handler reads an address or a form.

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{Method, StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::body_limit;

/// The replacement character, percent-encoded.
const REPLACEMENT: &str = "%EF%BF%BD";

/// Replaces NUL in queries and forms, and answers 404 to a path that holds it: nothing has such a
/// name.
pub async fn replace(mut request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(uri) = without_nul(request.uri()) {
        *request.uri_mut() = uri;
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, body_limit::MAX_FORM_BYTES).await {
        Ok(form) => {
            let body = Body::from(form_without_nul(form));
            next.run(Request::from_parts(parts, body)).await
        }
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

fn without_nul(uri: &Uri) -> Option<Uri> {
    let query = uri.query().filter(|query| query.contains("%00"))?;
    let query = query.replace("%00", REPLACEMENT);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{}?{query}", uri.path()).parse().ok();
    Uri::from_parts(parts).ok()
}

/// In a form it may also stand as it is.
fn form_without_nul(form: Bytes) -> Bytes {
    if !form.contains(&0) && !form.windows(3).any(|window| window == b"%00") {
        return form;
    }
    let mut clean = Vec::with_capacity(form.len());
    let mut rest = &form[..];
    while let Some((first, behind)) = rest.split_first() {
        let skipped = if rest.starts_with(b"%00") {
            &rest[3..]
        } else if *first == 0 {
            behind
        } else {
            clean.push(*first);
            rest = behind;
            continue;
        };
        clean.extend(REPLACEMENT.as_bytes());
        rest = skipped;
    }
    clean.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_replaced_in_queries_and_forms_only() {
        let uri = |text: &str| text.parse::<Uri>().expect("parses");
        let clean = without_nul(&uri("/audit?q=a%00b&actor=%00")).expect("held one");
        assert_eq!(clean, "/audit?q=a%EF%BF%BDb&actor=%EF%BF%BD");
        assert_eq!(without_nul(&uri("/audit?q=%2500")), None);
        let clean = form_without_nul(Bytes::from_static(b"a=%00&b=x\0y&c=%2500&d=%0"));
        assert_eq!(&clean[..], b"a=%EF%BF%BD&b=x%EF%BF%BDy&c=%2500&d=%0");
    }
}
