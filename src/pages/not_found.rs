//! Unmatched URLs: a trailing slash redirects, anything else is a 404.

use axum::{
    Extension,
    extract::{FromRequestParts as _, Request, State},
    http::{Method, Uri, request::Parts},
    response::{IntoResponse as _, Redirect},
};

use crate::web::{AppState, CurrentUser, Error, Result, address, landing::KnownPages};

pub async fn not_found(
    State(state): State<AppState>,
    Extension(pages): Extension<KnownPages>,
    request: Request,
) -> Result {
    let (mut parts, _) = request.into_parts();
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(Error::NotFound);
    }
    if let Some(there) = without_slash(&parts.uri, &pages).await {
        return Ok(Redirect::permanent(&there).into_response());
    }
    identify(&mut parts, &state).await?;
    Err(Error::NotFound)
}

/// The address without trailing slashes, if there is such a page.
async fn without_slash(uri: &Uri, pages: &KnownPages) -> Option<String> {
    let path = uri.path().trim_end_matches('/');
    if path.is_empty() || path.len() == uri.path().len() {
        return None;
    }
    if !pages.has(path).await {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}"));
    let there = format!("{path}{}", query.unwrap_or_default());
    address::local_path(&there).map(str::to_owned)
}

/// Lays the error page out for the signed-in user and the team of the address.
async fn identify(parts: &mut Parts, state: &AppState) -> Result<()> {
    let address = parts.uri.path().strip_prefix("/t/");
    let Some(slug) = address.and_then(|rest| rest.split('/').next()) else {
        return Ok(());
    };
    let slug = slug.to_owned();
    let who = match CurrentUser::from_request_parts(parts, state).await {
        Ok(who) => who,
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(_) => return Ok(()),
    };
    let mut memberships = who.memberships().iter();
    if let Some(membership) = memberships.find(|membership| membership.team.slug.as_str() == slug) {
        who.context().set_team(membership.clone());
    }
    Ok(())
}
