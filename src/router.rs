//! The router: the route table inside every layer, in order.

use std::sync::Arc;

use axum::{
    Extension, Router,
    http::StatusCode,
    middleware,
    response::{IntoResponse as _, Response},
};
use ipnet::IpNet;
use tower_http::{
    CompressionLevel, catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer,
};
use url::Url;

use crate::{
    pages::{not_found, routes},
    web::{
        AppState,
        error::{self, ErrorLayer},
        landing::{self, KnownPages},
        middleware::{
            request_body::read_form, request_log, security_headers::security_headers,
            skip_compression,
        },
        session,
        state::{Https, PublicUrl},
    },
};

/// How the portal is reached.
#[derive(Debug, Clone)]
pub struct Reach {
    pub public_url: Url,
    pub trusted_proxies: Vec<IpNet>,
}

impl Reach {
    #[must_use]
    pub fn https(&self) -> Https {
        Https(self.public_url.scheme() == "https")
    }
}

/// The whole portal.
///
/// # Panics
/// When the public address has no origin; the settings refuse such a one.
pub fn router(state: AppState, reach: &Reach) -> Router {
    let outermost = ErrorLayer {
        trusted_proxies: Arc::from(reach.trusted_proxies.as_slice()),
        https: reach.https(),
        public_url: Arc::from(reach.public_url.as_str()),
    };
    let own_origin = reach.public_url.origin().ascii_serialization();
    let elsewhere = CsrfLayer::new()
        .add_trusted_origin(own_origin)
        .expect("the settings have checked the public address");
    let known_pages = routes::pages().merge(routes::login());
    let known_pages = KnownPages(known_pages.with_state(state.clone()));
    let land = middleware::from_fn_with_state(known_pages.clone(), landing::land);
    let pages = routes::pages()
        .merge(routes::login().layer(land))
        .fallback(not_found::not_found)
        .layer(Extension(known_pages))
        .layer(Extension(PublicUrl(Arc::new(reach.public_url.clone()))))
        .layer(session::layer(state.sessions.clone(), state.https))
        .layer(middleware::from_fn_with_state(
            state.https,
            session::secure_removal,
        ));
    // From the inside out: outer layers also apply to an inner layer's refusals.
    pages
        .merge(routes::without_session())
        .layer(middleware::from_fn(read_form))
        .layer(elsewhere)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            outermost,
            error::render_errors,
        ))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(skip_compression::predicate()),
        )
        .layer(middleware::from_fn(
            skip_compression::skip_compression_cross_site,
        ))
        .layer(middleware::from_fn(request_log::record))
        .layer(CatchPanicLayer::custom(panicked_outside_pages))
        .with_state(state)
}

/// When the layers that make the pages of errors panic themselves.
fn panicked_outside_pages(panic: Box<dyn std::any::Any + Send>) -> Response {
    let mut response = panicked(panic);
    security_headers(response.headers_mut(), false);
    response
}

/// A panic message may hold secrets, so the page omits it; the panic hook logs its location.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
