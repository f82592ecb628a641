//! An API response: a success, a refusal, or neither.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    error::Error,
    json_object::{FromFields, JsonValue},
    redact::Secrets,
};

pub(super) struct ApiResponse {
    /// Send time of its request; it need not reflect later changes.
    pub started: Instant,
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
    pub secrets: Secrets,
}

/// The fields of a response, and of the object `data` in it.
#[derive(Default)]
pub(super) struct Body<'a> {
    header: Option<JsonValue<'a>>,
    pub count: Option<JsonValue<'a>>,
    pub next: Option<JsonValue<'a>>,
    pub results: Option<JsonValue<'a>>,
    pub result: Option<JsonValue<'a>>,
    pub desc: Option<JsonValue<'a>>,
    pub data: Option<JsonValue<'a>>,
}

impl<'a> FromFields<'a> for Body<'a> {
    fn set(&mut self, field: &str, value: JsonValue<'a>) {
        match field {
            "header" => self.header = Some(value),
            "count" => self.count = Some(value),
            "next" => self.next = Some(value),
            "results" => self.results = Some(value),
            "result" => self.result = Some(value),
            "desc" => self.desc = Some(value),
            "data" => self.data = Some(value),
            _ => (),
        }
    }
}

#[derive(Default)]
struct Header {
    is_successful: Option<bool>,
    code: Option<String>,
    message: Option<String>,
}

impl FromFields<'_> for Header {
    fn set(&mut self, field: &str, value: JsonValue<'_>) {
        match field {
            "isSuccessful" => self.is_successful = value.flag(),
            "resultCode" => self.code = value.text(),
            "resultMessage" => self.message = value.text(),
            _ => (),
        }
    }
}

impl ApiResponse {
    /// The body of a success. Only `isSuccessful` counts: `resultCode` is 1 here and 0 in other products
    /// (docs/secmon-api.md, wire format row 5).
    pub fn accept(&self) -> Result<Body<'_>, Error> {
        let body: Body<'_> = self.success()?;
        let header = body.header.and_then(JsonValue::object::<Header>);
        let header = header.ok_or(Error::UnexpectedResponse {
            what: "a JSON object without a header",
        })?;
        match header.is_successful {
            Some(true) => Ok(body),
            Some(false) => {
                let (code, message) = self.redacted(header);
                Err(Error::Refused { code, message })
            }
            None => Err(Error::UnexpectedResponse {
                what: "a header that tells neither success nor failure",
            }),
        }
    }

    /// The body of a response with a status of success; a token response has no header.
    pub fn success<'a, T: FromFields<'a>>(&'a self) -> Result<T, Error> {
        match self.status {
            200..300 => self.fields(),
            300..400 => Err(Error::UnexpectedResponse { what: "a redirect" }),
            _ => Err(self.refusal()),
        }
    }

    /// A 404 in the shape of the framework behind the gateway, which means a page past the last one
    /// (docs/secmon-api.md, wire format row 12). A 404 in HTML is an error: the API may not be there at all.
    pub fn is_past_the_end(&self) -> bool {
        let headless = |body: Body<'_>| !body.header.is_some_and(JsonValue::is_present);
        self.status == 404
            && (self.body.trim_ascii().is_empty() || self.fields().is_ok_and(headless))
    }

    fn refusal(&self) -> Error {
        let body: Body<'_> = self.fields().unwrap_or_default();
        let header = body.header.and_then(JsonValue::object).unwrap_or_default();
        let (code, message) = self.redacted(header);
        Error::HttpStatus {
            status: self.status,
            code,
            message,
            retry_after: self.retry_after,
        }
    }

    /// Code and message of a refusal, redacted.
    fn redacted(&self, header: Header) -> (Option<String>, Option<String>) {
        let Header { code, message, .. } = header;
        (
            code.and_then(|code| self.secrets.clean_code(&code)),
            message.and_then(|message| self.secrets.clean_message(&message)),
        )
    }

    fn fields<'a, T: FromFields<'a>>(&'a self) -> Result<T, Error> {
        let unexpected = |what| Error::UnexpectedResponse { what };
        let bytes = self.body.strip_prefix(b"\xef\xbb\xbf");
        let text = std::str::from_utf8(bytes.unwrap_or(&self.body))
            .map_err(|_| unexpected("text that is not UTF-8"))?;
        if text.trim_start().starts_with('<') {
            return Err(unexpected("a web page"));
        }
        let value = JsonValue::parse(text).ok_or(unexpected("broken JSON"))?;
        value.object().ok_or(unexpected("JSON that is no object"))
    }
}
