//! Forms and addresses before any handler: forms are read whole, bounded in bytes, fields and time, and NUL is replaced,
//! the one character that PostgreSQL does not store.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{Method, StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::control::MAX_ITEMS;

/// A form with five thousand chosen servers takes some 500 KB.
const MAX_FORM_BYTES: usize = 1024 * 1024;

/// Fields of a form, or parameters of an address. A confirmation has two for each item, and a few more.
const MAX_FIELDS: usize = 2 * MAX_ITEMS + 100;

/// For the whole form: a slow sender holds a connection, and neither a handler nor the database.
const FORM_TIMEOUT: Duration = Duration::from_secs(20);

/// The replacement character, percent-encoded.
const REPLACEMENT: &str = "%EF%BF%BD";

pub async fn read_form(mut request: Request, next: Next) -> Response {
    let uri = request.uri();
    let query = uri.query().unwrap_or_default();
    if has_too_many_fields(query.as_bytes()) {
        return StatusCode::URI_TOO_LONG.into_response();
    }
    // Nothing has such a name.
    if uri.path().contains("%00") {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(uri) = without_nul(uri) {
        *request.uri_mut() = uri;
    }
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let form = match tokio::time::timeout(FORM_TIMEOUT, to_bytes(body, MAX_FORM_BYTES)).await {
        Ok(Ok(form)) if !has_too_many_fields(&form) => form_without_nul(form),
        Ok(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    next.run(Request::from_parts(parts, Body::from(form))).await
}

fn has_too_many_fields(form: &[u8]) -> bool {
    form.split(|byte| *byte == b'&').count() > MAX_FIELDS
}

fn without_nul(uri: &Uri) -> Option<Uri> {
    let query = uri.query().filter(|query| query.contains("%00"))?;
    let query = query.replace("%00", REPLACEMENT);
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{}?{query}", uri.path()).parse().ok();
    Uri::from_parts(parts).ok()
}

/// In a form it may also be unencoded.
fn form_without_nul(form: Bytes) -> Bytes {
    if !form.contains(&0) && !form.windows(3).any(|window| window == b"%00") {
        return form;
    }
    let text = String::from_utf8_lossy(&form).replace("%00", REPLACEMENT);
    text.replace('\0', REPLACEMENT).into()
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
