//! What every handler can ask for. It stands here and not beside the router, since pages name it.

use std::sync::Arc;

use axum::extract::FromRef;
use url::Url;

use crate::{
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
    pub passwords: Passwords,
    pub sanitizer: Sanitizer,
    pub clock: Clock,
    pub https: Https,
    pub second_factor: SecondFactorRule,
    pub ways: SignInWays,
}

impl AppState {
    /// The provider of single sign-on; its pages are not there without one.
    pub fn single_sign_on(&self) -> Result<&Oidc> {
        self.ways.single_sign_on.as_ref().ok_or(Error::NotFound)
    }
}

/// Is the portal reached by https: its cookies then travel by nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Https(pub bool);

/// The portal's address in the browser, for links that are read elsewhere: what a request says of
/// its host is not believed.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub Arc<Url>);

impl PublicUrl {
    /// The whole address of a path of the portal.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0.as_str().trim_end_matches('/'))
    }
}

impl FromRef<AppState> for Https {
    fn from_ref(state: &AppState) -> Self {
        state.https
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.store.clone()
    }
}

impl FromRef<AppState> for Secmon {
    fn from_ref(state: &AppState) -> Self {
        state.secmon.clone()
    }
}

impl FromRef<AppState> for Control {
    fn from_ref(state: &AppState) -> Self {
        state.control.clone()
    }
}

impl FromRef<AppState> for Passwords {
    fn from_ref(state: &AppState) -> Self {
        state.passwords.clone()
    }
}

impl FromRef<AppState> for Sanitizer {
    fn from_ref(state: &AppState) -> Self {
        state.sanitizer.clone()
    }
}

impl FromRef<AppState> for Clock {
    fn from_ref(state: &AppState) -> Self {
        state.clock.clone()
    }
}
