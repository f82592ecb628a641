//! Query parameters, and pages of a list.

use std::ops::Range;

use serde::Serialize;
use url::form_urlencoded;

use super::answer::{ApiError, Header};

/// How many rows a page has (docs/secmon-api.md, wire format row 11).
const ROWS: usize = 10;
/// The guide's links begin so, and lack `/v1.0`, whichever way the call came.
const LINKS: &str = "https://kr1-secmon.api.nhncloudservice.com/appkeys";

pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The last value, as Django does it.
    pub fn get(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().rev().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    /// All of them with another page, sorted by name, as Django REST framework writes links.
    fn with_page(&self, page: usize) -> String {
        let mut pairs = self.0.clone();
        pairs.retain(|(key, _)| key != "page");
        pairs.push(("page".to_owned(), page.to_string()));
        pairs.sort();
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }
}

/// A page of a list, its fields in the guide's order.
#[derive(Serialize)]
pub struct Listing<R> {
    count: Count,
    header: Header,
    previous: Option<String>,
    results: Vec<R>,
    next: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Count {
    Number(usize),
    Text(String),
}

impl<R> Listing<R> {
    /// Be ready for strings (docs/secmon-api.md, wire format row 19).
    pub fn write_count_as_text(&mut self) {
        if let Count::Number(count) = self.count {
            self.count = Count::Text(count.to_string());
        }
    }
}

/// The page of `count` rows that `parameters` request.
pub fn page<R>(
    parameters: &Parameters,
    address: (&str, &str),
    count: usize,
    rows: impl FnOnce(Range<usize>) -> Vec<R>,
) -> Result<Listing<R>, ApiError> {
    page_of(parameters, address, (count, ROWS), rows)
}

/// The same with so many rows on a page.
pub fn page_of<R>(
    parameters: &Parameters,
    (app_key, path): (&str, &str),
    (count, size): (usize, usize),
    rows: impl FnOnce(Range<usize>) -> Vec<R>,
) -> Result<Listing<R>, ApiError> {
    let number = match parameters.get("page") {
        None | Some("") => 1,
        Some(text) => text.parse().map_err(|_| ApiError::InvalidPage)?,
    };
    let last = count.div_ceil(size).max(1);
    if !(1..=last).contains(&number) {
        return Err(ApiError::InvalidPage);
    }
    let link = |page| format!("{LINKS}/{app_key}/{path}?{}", parameters.with_page(page));
    Ok(Listing {
        count: Count::Number(count),
        header: Header::SUCCESS,
        previous: (number > 1).then(|| link(number - 1)),
        results: rows((number - 1) * size..count.min(number * size)),
        next: (number < last).then(|| link(number + 1)),
    })
}
