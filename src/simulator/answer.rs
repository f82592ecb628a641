//! Response envelopes: the guide's header, and the gateway's errors.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// The guide's header, its fields in the guide's order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    result_code: i64,
    result_message: &'static str,
    is_successful: bool,
}

impl Header {
    pub const SUCCESS: Self = Self::success("Request success");

    pub const fn success(result_message: &'static str) -> Self {
        Self {
            result_code: 1,
            result_message,
            is_successful: true,
        }
    }
}

/// A body of JSON. (Axum's own would bring a parser with it that nothing else needs.)
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// An answer that is its header.
#[derive(Debug, Serialize)]
pub struct RawResponse {
    header: Header,
}

impl RawResponse {
    pub const SUCCESS: Self = Self {
        header: Header::SUCCESS,
    };
}

/// An error response, in the gateway's format or the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiError {
    /// The gateway's numbers are those of docs/secmon-api.md, "Errors"; where it lists none, the same pattern is continued.
    Gateway(StatusCode, i64, &'static str),
    /// HTTP 200 with `isSuccessful: false`.
    Refused(&'static str),
    /// Django REST framework's way, without a header (docs/secmon-api.md, wire format row 12).
    InvalidPage,
}

impl ApiError {
    pub const MALFORMED: Self = Self::bad(4_001_000, "Bad request: malformed body");
    pub const PARAMETER: Self = Self::bad(4_001_001, "Bad request: invalid parameter");
    pub const FIELD_MISSING: Self =
        Self::bad(4_001_002, "Bad request: a required field is missing");
    pub const FIELD_DIFFERS: Self =
        Self::bad(4_001_003, "Bad request: a field differs from the list");
    pub const WRONG_KEY: Self = Self::Gateway(
        StatusCode::UNAUTHORIZED,
        4_011_000,
        "Unauthorized: invalid appKey",
    );
    pub const TOKEN_INVALID: Self = Self::Gateway(
        StatusCode::UNAUTHORIZED,
        4_012_001,
        "Unauthorized: invalid token",
    );
    pub const TOKEN_MISSING: Self = Self::Gateway(
        StatusCode::UNAUTHORIZED,
        4_012_002,
        "Unauthorized: token is missing",
    );
    pub const FORBIDDEN: Self = Self::Gateway(
        StatusCode::FORBIDDEN,
        4_031_007,
        "Forbidden: IP address is not allowed",
    );
    pub const NOT_FOUND: Self = Self::Gateway(StatusCode::NOT_FOUND, 4_041_007, "Not found");
    pub const METHOD: Self = Self::Gateway(
        StatusCode::METHOD_NOT_ALLOWED,
        4_051_000,
        "Method not allowed",
    );
    pub const TOO_LARGE: Self = Self::Gateway(
        StatusCode::PAYLOAD_TOO_LARGE,
        4_131_000,
        "Request entity too large",
    );
    pub const ADDRESS_TOO_LONG: Self =
        Self::Gateway(StatusCode::URI_TOO_LONG, 4_141_000, "Request-URI too long");
    pub const NOT_JSON: Self = Self::Gateway(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        4_151_000,
        "Unsupported media type",
    );
    pub const TOO_MANY: Self = Self::Gateway(
        StatusCode::TOO_MANY_REQUESTS,
        4_291_000,
        "Too many requests",
    );
    pub const UNAVAILABLE: Self = Self::Gateway(
        StatusCode::SERVICE_UNAVAILABLE,
        5_030_001,
        "Service unavailable: circuit breaker is open",
    );
    pub const TIMEOUT: Self =
        Self::Gateway(StatusCode::GATEWAY_TIMEOUT, 5_040_001, "Gateway timeout");

    const fn bad(code: i64, message: &'static str) -> Self {
        Self::Gateway(StatusCode::BAD_REQUEST, code, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Detail {
            detail: &'static str,
        }
        let (status, result_code, result_message) = match self {
            Self::Gateway(status, code, message) => (status, code, message),
            // No guide shows such a code; other products use negative ones.
            Self::Refused(message) => (StatusCode::OK, -1, message),
            Self::InvalidPage => {
                let detail = "Invalid page.";
                return (StatusCode::NOT_FOUND, Json(Detail { detail })).into_response();
            }
        };
        let header = Header {
            result_code,
            result_message,
            is_successful: false,
        };
        (status, Json(RawResponse { header })).into_response()
    }
}
