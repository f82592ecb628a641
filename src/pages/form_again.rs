//! A form that came when the session had ended, shown again as it was filled in.

use askama::Template;
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, Method, Request, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use tower::ServiceExt as _;
use tower_sessions::Session;
use url::form_urlencoded;

use crate::{
    store::KeptForm,
    web::{
        Error, Page, Portal, Result, SignedIn,
        asking::Asking,
        export::Format,
        html,
        kept_form::{self, Inside},
        refill::refilled,
        session::{self, NewRights},
    },
};

/// No page of ours is larger.
const LARGEST_PAGE: usize = 64 * 1024 * 1024;

pub fn routes() -> Router<Portal> {
    Router::new().route("/form-again/{id}", get(show))
}

/// When the page with the form is not there any more: what was typed, to be copied.
#[derive(Template)]
#[template(path = "form_again/lost.html")]
struct Lost {
    page: Page,
    fields: Vec<(String, String)>,
}

async fn show(
    who: SignedIn,
    State(portal): State<Portal>,
    Extension(inside): Extension<Inside>,
    Path(id): Path<String>,
    cookies: CookieJar,
    session: Session,
    parts: Parts,
) -> Result {
    let signed_in = session::started(&session).await?.ok_or(Error::SignIn)?;
    let kept = match kept_form::of_browser(&cookies, portal.https) {
        Some(browser) => {
            let by = (&who.user.id, signed_in);
            portal.store.kept_form(&id, &browser, by).await?
        }
        None => None,
    };
    // Somebody else's, or too old: then there is only the way to the start.
    let Some(kept) = kept else {
        return Ok(Redirect::to("/").into_response());
    };
    let within = Within {
        inside,
        parts,
        asking: who.asking.clone(),
    };
    if kept.has_token {
        let answer = within.send(&kept).await?;
        let is_there = !matches!(
            answer.status(),
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
        if is_there {
            return Ok(answer);
        }
    }
    for place in places(&kept) {
        let answer = within.open(&place).await?;
        if let Some(page) = filled(answer, &kept).await? {
            return Ok(page);
        }
    }
    html(&Lost {
        page: who.page(),
        fields: kept.fields,
    })
}

/// Where the form may stand: the page that the browser named, or one above its address.
fn places(kept: &KeptForm) -> Vec<String> {
    let named = kept.referrer.iter().cloned();
    let path = kept.address.split('?').next().unwrap_or_default();
    let above = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
    let mut above: Vec<String> = above.map(str::to_owned).collect();
    above.push(path.to_owned());
    above.reverse();
    let is_file = |place: &String| {
        let path = place.split('?').next().unwrap_or_default();
        Format::from_path(path).is_some()
    };
    named.chain(above).filter(|it| !is_file(it)).collect()
}

/// Asks the portal's other pages for the same person.
struct Within {
    inside: Inside,
    parts: Parts,
    asking: Asking,
}

impl Within {
    async fn open(&self, address: &str) -> Result {
        let mut asking = self.asking.clone();
        asking.form_again = Some(self.asking.address.clone());
        address.clone_into(&mut asking.address);
        let pages = self.inside.pages.clone();
        self.ask(pages, Method::GET, asking, Body::empty()).await
    }

    /// Without its one-time token nothing is done, and the form is shown to be confirmed.
    async fn send(&self, kept: &KeptForm) -> Result {
        let mut asking = self.asking.clone();
        asking.form_again = Some(self.asking.address.clone());
        asking.address.clone_from(&kept.address);
        asking.referrer.clone_from(&kept.referrer);
        asking.is_get = false;
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&kept.fields)
            .finish();
        let pages = self.inside.asking_first.clone();
        self.ask(pages, Method::POST, asking, Body::from(body))
            .await
    }

    async fn ask(&self, pages: Router, method: Method, asking: Asking, body: Body) -> Result {
        let mut request = Request::builder()
            .method(method)
            .uri(asking.address.as_str())
            .body(body)
            .map_err(Error::internal)?;
        *request.headers_mut() = self.headers();
        let here = &self.parts.extensions;
        let there = request.extensions_mut();
        there.insert(asking);
        if let Some(session) = here.get::<Session>() {
            there.insert(session.clone());
        }
        if let Some(new_rights) = here.get::<NewRights>() {
            there.insert(new_rights.clone());
        }
        let answer = pages.oneshot(request).await;
        Ok(answer.unwrap_or_else(|never| match never {}))
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let cookies = self.parts.headers.get_all(header::COOKIE);
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.clone());
        }
        let kind = header::HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, kind);
        headers
    }
}

/// The page with the form as it was filled in, if it is there.
async fn filled(answer: Response, kept: &KeptForm) -> Result<Option<Response>> {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if answer.status() != StatusCode::OK || !is_page {
        return Ok(None);
    }
    let (mut parts, body) = answer.into_parts();
    // Of the page without what was filled in.
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = to_bytes(body, LARGEST_PAGE).await;
    let body = body.map_err(Error::internal)?;
    let page = String::from_utf8_lossy(&body);
    let page = refilled(&page, &kept.address, &kept.fields);
    Ok(page.map(|page| Response::from_parts(parts, Body::from(page))))
}
