//! What an address asks of a list, and the page size that the reader chose last.

use std::{convert::Infallible, marker::PhantomData};

use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, header, request::Parts},
    response::Response,
};
use axum_extra::extract::CookieJar;

use crate::{
    archive::Refresh,
    model::{Limits, ListQuery},
    web::{AppState, cookies::PortalCookie, state::Https},
};

use super::ListRow;

/// Rows on a page until the reader chooses.
const DEFAULT_PAGE_SIZE: u32 = 50;

/// A choice of page size holds for a year.
const LIFETIME: time::Duration = time::Duration::days(365);

#[derive(Debug)]
pub struct ListRequest<T> {
    pub query: ListQuery,
    /// Rows on a page unless the query says how many.
    pub page_size: u32,
    /// `refresh=yes`: the source is asked for the newest rows at once.
    is_refresh: bool,
    row: PhantomData<fn() -> T>,
}

impl<T: ListRow> FromRequestParts<AppState> for ListRequest<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let cookies = CookieJar::from_headers(&parts.headers);
        let chosen = PortalCookie::PageSize
            .read(&cookies, state.https)
            .and_then(|size| size.parse().ok())
            .filter(|size| Limits::PAGE_SIZES.contains(size));
        Ok(Self {
            query: ListQuery::parse(T::DEFINITION, query, Limits::Page),
            page_size: chosen.unwrap_or(DEFAULT_PAGE_SIZE),
            is_refresh: pairs.any(|(name, value)| name == "refresh" && value == "yes"),
            row: PhantomData,
        })
    }
}

impl<T> ListRequest<T> {
    #[must_use]
    pub fn refresh(&self) -> Refresh {
        if self.is_refresh {
            Refresh::Now
        } else {
            Refresh::IfOld
        }
    }

    /// The page size to remember: the one that the address asks for, if it is another one.
    #[must_use]
    pub fn new_page_size(&self) -> Option<u32> {
        let limit = self.query.limit();
        limit.filter(|limit| *limit != self.page_size)
    }
}

/// Remembers a page size for the lists that follow.
#[must_use]
pub fn remember_page_size(mut response: Response, https: Https, size: Option<u32>) -> Response {
    if let Some(size) = size {
        let cookie = PortalCookie::PageSize.with_value(https, size.to_string(), Some(LIFETIME));
        if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}
