//! Responses of injected faults.

use std::io;

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use futures_util::{StreamExt as _, stream};

use super::{answer::ApiError, fault::Fault};

const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
const LOGIN: &str = "<!DOCTYPE html><html><head><title>로그인</title></head><body><form action=\"/login\">로그인이 필요합니다.</form></body></html>";
const HALF: &str = r#"{"header": {"resultCode": 1, "resultMessage": "Request success", "isSuccessful": true}, "results": [{"vmId": "9d5c"#;
const WRONG: &str = r#"{"header": {"resultCode": "1", "resultMessage": null, "isSuccessful": true}, "count": "many", "results": {"0": [1, true]}, "data": [], "next": 5, "previous": {}}"#;
const REFUSED: &str = "요청을 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.";
/// How many mebibytes the large bodies have.
const LARGE: usize = 300;
const MEBIBYTE: usize = 1024 * 1024;

/// Response of a fault; `None` for faults without a response.
pub fn answer(fault: Fault) -> Option<Response> {
    let json = |body: &'static str| with_type("application/json", body.into());
    Some(match fault {
        Fault::Unauthorized => ApiError::TOKEN_INVALID.into_response(),
        Fault::Forbidden => ApiError::FORBIDDEN.into_response(),
        Fault::NotFound => ApiError::NOT_FOUND.into_response(),
        Fault::TooLarge => ApiError::TOO_LARGE.into_response(),
        Fault::TooManyRequests { retry_after: None } => ApiError::TOO_MANY.into_response(),
        Fault::TooManyRequests {
            retry_after: Some(seconds),
        } => (
            [(header::RETRY_AFTER, seconds.to_string())],
            ApiError::TOO_MANY,
        )
            .into_response(),
        Fault::BadGateway | Fault::FailAfter => bad_gateway(),
        Fault::Unavailable => ApiError::UNAVAILABLE.into_response(),
        Fault::GatewayTimeout => ApiError::TIMEOUT.into_response(),
        Fault::Refused | Fault::PartialChange => ApiError::Refused(REFUSED).into_response(),
        Fault::Html => with_type("text/html; charset=utf-8", LOGIN.into()),
        Fault::BrokenJson => json(HALF),
        Fault::WrongShape => json(WRONG),
        Fault::Empty => json(""),
        Fault::Hang | Fault::HangAfter => return None,
        Fault::Huge => huge(),
        Fault::GzipBomb => gzip_bomb(),
        Fault::Drop => dropped(),
        Fault::CutOff => cut_off(),
    })
}

/// A body that fails before its first byte: hyper then closes the connection with nothing sent.
pub fn dropped() -> Response {
    Body::from_stream(stream::iter([Err::<Bytes, _>(broken_pipe())])).into_response()
}

fn bad_gateway() -> Response {
    let mut page = with_type("text/html", PAGE.into());
    *page.status_mut() = StatusCode::BAD_GATEWAY;
    page
}

fn with_type(content_type: &'static str, body: Body) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn huge() -> Response {
    let chunk = Bytes::from(vec![b' '; MEBIBYTE / 16]);
    let chunks = stream::iter(std::iter::repeat_n(chunk, LARGE * 16));
    with_type(
        "application/json",
        Body::from_stream(chunks.map(Ok::<_, io::Error>)),
    )
}

/// Announces twice the length, sends half, and closes the connection a moment later, so that the half is delivered.
fn cut_off() -> Response {
    let rest = stream::once(async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(broken_pipe())
    });
    let body = stream::iter([Ok(Bytes::from_static(HALF.as_bytes()))]).chain(rest);
    let length: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, (HALF.len() * 2).to_string()),
    ];
    (length, Body::from_stream(body)).into_response()
}

fn broken_pipe() -> io::Error {
    io::Error::from(io::ErrorKind::BrokenPipe)
}

/// One gzipped mebibyte, repeated: after a full flush no block refers to an earlier one.
fn gzip_bomb() -> Response {
    let spaces = vec![b' '; MEBIBYTE];
    let mut block = Vec::with_capacity(MEBIBYTE / 64);
    let mut deflate = Compress::new(Compression::best(), false);
    let flushed = deflate.compress_vec(&spaces, &mut block, FlushCompress::Full);
    if !matches!(flushed, Ok(Status::Ok)) || deflate.total_in() != MEBIBYTE as u64 {
        return bad_gateway();
    }
    let (mut check, mut one) = (Crc::new(), Crc::new());
    one.update(&spaces);
    let mut body = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    for _ in 0..LARGE {
        body.extend_from_slice(&block);
        check.combine(&one);
    }
    // An empty last block, then the checksum and the length.
    body.extend_from_slice(&[3, 0]);
    body.extend_from_slice(&check.sum().to_le_bytes());
    body.extend_from_slice(&u32::try_from(LARGE * MEBIBYTE).unwrap_or(0).to_le_bytes());
    let mut response = with_type("application/json", body.into());
    let gzip = header::HeaderValue::from_static("gzip");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, gzip);
    response
}
