//! Judges what came back: an answer of the API, a refusal, or something that is neither.

use std::time::Duration;

use super::{error::Error, row::Row, secrets::Secrets};

/// What a call brought back, whole.
pub(super) struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
    pub secrets: Secrets,
}

impl Answer {
    /// The body of a success, whose `header` says that it is one. Only `isSuccessful` counts:
    /// `resultCode` is 1 here and 0 elsewhere (SECMON.md, wire format row 5).
    pub fn accept(&self) -> Result<Row<'_>, Error> {
        let body = self.success()?;
        let header = body.object("header").ok_or(Error::NotTheApi {
            what: "a JSON object without a header",
        })?;
        match header.flag("isSuccessful") {
            Some(true) => Ok(body),
            Some(false) => Err(Error::Refused {
                code: self.code(&header),
                message: self.message(&header),
            }),
            None => Err(Error::NotTheApi {
                what: "a header that tells neither success nor failure",
            }),
        }
    }

    /// The body of any answer with a status of success; the one for a token has no header.
    pub fn success(&self) -> Result<Row<'_>, Error> {
        match self.status {
            200..300 => self.fields(),
            300..400 => Err(Error::NotTheApi { what: "a redirect" }),
            _ => Err(self.refusal()),
        }
    }

    /// 404 in the shape of the framework behind the gateway, not of the gateway: asked for a page
    /// behind the last one (SECMON.md, wire format row 12). A web page that says 404 stays an error:
    /// taking it for the end of the list would hide that the API is not there.
    pub fn is_past_the_end(&self) -> bool {
        let headless = || self.fields().is_ok_and(|body| !body.present("header"));
        self.status == 404 && (self.body.trim_ascii().is_empty() || headless())
    }

    fn refusal(&self) -> Error {
        let body = self.fields().unwrap_or_default();
        let header = body.object("header").unwrap_or_default();
        Error::Gateway {
            status: self.status,
            code: self.code(&header),
            message: self.message(&header),
            retry_after: self.retry_after,
        }
    }

    fn code(&self, header: &Row<'_>) -> Option<String> {
        let code = header.text("resultCode")?;
        self.secrets.clean_code(&code)
    }

    fn message(&self, header: &Row<'_>) -> Option<String> {
        let message = header.text("resultMessage")?;
        self.secrets.clean_message(&message)
    }

    fn fields(&self) -> Result<Row<'_>, Error> {
        let wrong = |what| Error::NotTheApi { what };
        let bytes = self.body.strip_prefix(b"\xef\xbb\xbf");
        let text = std::str::from_utf8(bytes.unwrap_or(&self.body))
            .map_err(|_| wrong("text that is not UTF-8"))?;
        if text.trim_start().starts_with('<') {
            return Err(wrong("a web page"));
        }
        let value = serde_json::from_str(text).map_err(|_| wrong("broken JSON"))?;
        Row::of_object(value).ok_or(wrong("JSON that is no object"))
    }
}
