//! The router: every page, and every layer in order, once.

use std::sync::Arc;

use axum::{
    Extension, Router,
    http::StatusCode,
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use ipnet::IpNet;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer};
use url::Url;

use crate::{
    pages,
    web::{
        Portal, assets, compression,
        error::{self, Outermost},
        kept_form::{self, Inside},
        limits,
        portal::{Https, PublicUrl},
        session,
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
pub fn router(portal: Portal, reach: &Reach) -> Router {
    let outermost = Outermost {
        trusted_proxies: Arc::from(reach.trusted_proxies.as_slice()),
        https: reach.https(),
    };
    let own_origin = reach.public_url.origin().ascii_serialization();
    let elsewhere = CsrfLayer::new()
        .add_trusted_origin(own_origin)
        .expect("the settings have checked the public address");
    let pages = Router::new()
        .merge(pages::sign_in::routes())
        .merge(pages::teams::routes())
        .merge(pages::vms::routes())
        .merge(pages::history::routes())
        .merge(pages::requests::routes())
        .merge(pages::tickets::routes())
        .merge(pages::events::routes())
        .merge(pages::audit::routes())
        .merge(pages::settings::routes())
        .merge(pages::account::routes())
        .merge(pages::connection::routes())
        .merge(pages::admin::routes())
        .merge(pages::invitation::routes())
        .merge(pages::set_up::routes())
        .merge(pages::second_factor::routes())
        .merge(pages::session::routes())
        .layer(Extension(PublicUrl(Arc::new(reach.public_url.clone()))));
    let inside = Inside {
        pages: pages.clone().with_state(portal.clone()),
        asking_first: pages::vms::routes().with_state(portal.clone()),
    };
    let pages = pages
        .merge(pages::form_again::routes())
        .fallback(pages::not_found::not_found)
        .layer(Extension(inside))
        .layer(middleware::from_fn_with_state(
            portal.clone(),
            kept_form::keep,
        ))
        .layer(middleware::from_fn_with_state(
            portal.sessions.clone(),
            session::renew,
        ))
        .layer(session::layer(portal.sessions.clone(), portal.https))
        .layer(middleware::from_fn_with_state(
            portal.https,
            session::secure_removal,
        ));
    // From the inside out. What one layer refuses, the ones after it still dress.
    pages
        .merge(pages::preferences::routes())
        .merge(pages::health::routes())
        .route("/static/{fingerprint}/{*path}", get(assets::serve))
        .layer(middleware::from_fn(limits::whole_body))
        .layer(elsewhere)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(outermost, error::pages))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(compression::not_for_others))
        .with_state(portal)
}

/// What a panic says may hold anything, so the page does not; the binary's panic hook logs its place.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
