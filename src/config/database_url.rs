//! The database URL. It may hold a password and therefore never prints.

use std::{fmt, path::Path, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Characters that stay unencoded in the path of an `sqlite://` URL. Names may hold `%` and `?`: the driver decodes them.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An address that the database driver understands: `sqlite://…` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The address of an SQLite file. `path` is absolute: the first part of a relative one would count as a host.
    pub(super) fn from_file(path: &Path) -> Self {
        let path = path.to_string_lossy();
        Self(format!("sqlite://{}", utf8_percent_encode(&path, PATH)))
    }

    /// The URL for the driver, which creates an SQLite file only with `mode=rwc`.
    pub(super) fn to_url(&self) -> String {
        self.with_mode("rwc")
    }

    /// The same, of a database that there is.
    pub(super) fn to_existing_url(&self) -> String {
        self.with_mode("rw")
    }

    /// A mode in the URL itself takes precedence.
    fn with_mode(&self, mode: &str) -> String {
        let mode_is_named = self.0.split_once('?').is_some_and(|(_, query)| {
            url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "mode")
        });
        if !self.is_sqlite() || mode_is_named {
            return self.0.clone();
        }
        let joint = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{joint}mode={mode}", self.0)
    }

    /// Does it hold a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
        })
    }

    fn is_sqlite(&self) -> bool {
        self.0.starts_with("sqlite:")
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let url = Url::parse(text)
            .map_err(|error| format!("is not an address: {error} (a space is written as %20)"))?;
        match url.scheme() {
            "postgres" | "postgresql" => Ok(Self(text.to_owned())),
            // Url would take `./..` for `.`: another file.
            "sqlite" if text.split('/').any(|part| part == "..") => {
                Err("must name the file without ..".into())
            }
            "sqlite" => sqlite(&url).map(Self),
            _ => Err("must begin with sqlite:// or postgres://".into()),
        }
    }
}

/// Refuses ambiguous and empty paths.
fn sqlite(url: &Url) -> Result<String, String> {
    let text = url.as_str();
    let (file, query) = text.split_once('?').unwrap_or((text, ""));
    let file = file.trim_start_matches("sqlite:").trim_start_matches("//");
    if file.contains(":memory:") || query.contains("mode=memory") {
        return Err("must name a file: each connection would see a memory of its own".into());
    }
    if url.fragment().is_some() {
        return Err("must not hold #, which is written as %23".into());
    }
    if file.is_empty() || file.ends_with('/') {
        return Err("must name a file, such as sqlite:///var/lib/secmon-portal/portal.db".into());
    }
    Ok(text.to_owned())
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_sqlite() {
            "sqlite:…"
        } else {
            "postgres:…"
        })
    }
}
