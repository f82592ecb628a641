//! The application state.

use std::sync::Arc;

use axum::extract::FromRef;
use url::Url;

use crate::{
    archive::Archive,
    auth::{Oidc, Passwords, SignInWays},
    config::SecondFactorRule,
    control::Control,
    model::Clock,
    sanitizer::Sanitizer,
    secmon::Secmon,
    store::{Sessions, Store},
};

use super::{Error, Result};

/// The portal's parts; a clone shares them.
#[derive(Clone)]
pub struct AppState {
    pub store: Store,
    pub sessions: Sessions,
    pub secmon: Secmon,
    pub control: Control,
    pub archive: Archive,
    pub passwords: Passwords,
    pub sanitizer: Sanitizer,
    pub clock: Clock,
    pub https: Https,
    pub second_factor: SecondFactorRule,
    pub ways: SignInWays,
}

impl AppState {
    /// The OIDC provider; without one its pages do not exist.
    pub fn single_sign_on(&self) -> Result<&Oidc> {
        self.ways.single_sign_on.as_ref().ok_or(Error::NotFound)
    }
}

/// Whether browsers reach the portal by https; its cookies then travel by nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Https(pub bool);

/// The portal's address in the browser, for links that leave it. The `Host` header is not trusted.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub Arc<Url>);

impl PublicUrl {
    /// The whole address of a path of the portal.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

macro_rules! from_ref {
    ($($field:ident: $part:ty),* $(,)?) => {
        $(impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$field.clone()
            }
        })*
    };
}
from_ref! {
    store: Store,
    secmon: Secmon,
    archive: Archive,
    sanitizer: Sanitizer,
    clock: Clock,
}

impl FromRef<AppState> for Https {
    fn from_ref(state: &AppState) -> Self {
        state.https
    }
}
