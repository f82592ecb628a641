//! A portal with an OIDC provider, and a client that signs in there.

use std::time::Duration;

use secmon_portal::{
    auth::{
        Oidc, SignInWays,
        oidc::{GroupMapping, Settings},
    },
    model::Clock,
};
use serde_json::{Value, json};

pub use super::guest::Guest;
use super::{guest::location, process::Provider};
use crate::support::{Page, Portal, TestClient, TestConfig, noon};

pub const CALLBACK: &str = "http://portal.example/login/single-sign-on/callback";
pub const SECRET: &str = "a secret of the portal & the provider";

impl Provider {
    /// Changes the provider's settings.
    pub fn tell(&mut self, what: &Value) {
        assert_eq!(self.asks(what), "done");
    }
}

/// Matching settings of portal and provider.
pub fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: "portal".to_owned(),
        client_secret: Some(SECRET.to_owned().into()),
        audiences: Vec::new(),
        name: "Hanbit Login".to_owned(),
        scopes: ["profile", "email", "groups"].map(str::to_owned).to_vec(),
        groups_claim: "groups".to_owned(),
        groups: GroupMapping::default(),
        creates_users: true,
        timeout: Duration::from_secs(10),
        clock: Clock::stopped(noon()),
    }
}

pub fn mapping(text: &str) -> GroupMapping {
    let rights = text.split(';').map(|part| part.parse().expect("a right"));
    GroupMapping::new(rights.collect())
}

/// A provider with a few users; `changes` override its settings.
pub fn provider(changes: &Value) -> Provider {
    let mut settings = json!({
        "client_id": "portal",
        "client_secret": SECRET,
        "auth_method": "client_secret_basic",
        "redirect_uri": CALLBACK,
        "post_logout_redirect_uri": "http://portal.example/login",
        "people": {
            "sub-kim": { "preferred_username": "kim", "name": "김철수", "email": "kim@example.com" },
            "sub-lee": { "preferred_username": "lee", "name": "Lee", "groups": ["ops"] },
        },
    });
    let all = settings.as_object_mut().expect("an object");
    all.extend(changes.as_object().cloned().unwrap_or_default());
    Provider::start(&settings)
}

pub fn ways(settings: Settings) -> SignInWays {
    SignInWays {
        by_password: true,
        single_sign_on: Some(Oidc::new(settings).expect("can be")),
    }
}

/// A portal that trusts that issuer.
pub async fn portal(issuer: &str, change: impl FnOnce(&mut Settings, &mut TestConfig)) -> Portal {
    let mut settings = settings(issuer);
    Portal::start_with(|config| {
        settings.clock = config.clock.clone();
        change(&mut settings, config);
        let by_password = config.ways.by_password;
        config.ways = SignInWays {
            by_password,
            ..ways(settings)
        };
    })
    .await
}

impl Guest {
    pub fn new() -> Self {
        Self::with_portal("http://portal.example")
    }

    /// Thinks better of it on the provider's page.
    pub async fn cancels(&mut self, address: &str) -> String {
        let page = self.asks(self.client.get(address)).await;
        let there = location(&page, address).expect("leads to a page");
        self.goes(&format!("{there}/abort"), &[]).await
    }

    /// Confirms the sign-out at the provider, and returns the redirect.
    pub async fn signs_out(&mut self, address: &str) -> String {
        self.goes(address, &[("logout", "yes")]).await
    }

    /// Whether the provider asks for a login.
    pub async fn is_asked_to_sign_in(&mut self, address: &str) -> bool {
        let answer = self.asks(self.client.get(address)).await;
        location(&answer, address).is_some_and(|there| there.contains("/interaction/"))
    }
}

impl TestClient {
    /// Follows the link on the sign-in page: where the provider is.
    pub async fn goes_to_provider(&mut self, page: &Page) -> String {
        let link = page.link("a[href^='/login/single-sign-on']");
        let answer = self.get(&link).await;
        answer.location().expect("leads to the provider")
    }

    /// Signs in at the provider, from the login page, and returns the portal's response.
    pub async fn signs_in_as(&mut self, guest: &mut Guest, subject: &str) -> Page {
        let page = self.get("/login").await;
        let there = self.goes_to_provider(&page).await;
        let back = guest.signs_in(&there, subject).await;
        self.get(&back).await
    }
}
