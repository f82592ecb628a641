//! A team's secrets in a form: typed, tested against the API, stored, and never shown again but for the last four
//! characters.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::{
    model::{ApiAccess, AppKey, Region, Team, TeamId, TokenCredentials},
    store::{self, Action, AuditRecord, Outcome, Store},
    web::{AppState, Result, error},
};

use super::{FormError, FormErrors};

/// It has no `Debug`, and never goes into a page.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct KeyForm {
    app_key: String,
    token_id: String,
    token_secret: String,
    /// `yes`: the team's API needs no token.
    no_token: String,
    /// `yes`: store it without a test.
    untried: String,
}

/// A team's secrets as its pages may show them.
pub struct KeyView {
    /// Where its forms lead.
    pub path: String,
    /// `None`: the stored key cannot be read, and has to be replaced.
    pub masked: Option<String>,
    pub has_token: bool,
    pub errors: FormErrors,
    pub test: Option<KeyTest>,
    /// A replacement was rejected.
    pub is_replacing: bool,
}

/// The outcome of one call with a key.
#[derive(Debug)]
pub struct KeyTest {
    pub masked: String,
    /// How many control changes the API knows.
    pub changes: Option<u64>,
    pub failure: Option<error::Description>,
}

/// Why a form with a key changed nothing: its fields' errors, or the failed test.
#[derive(Debug, Default)]
pub struct KeyRejected {
    pub errors: FormErrors,
    pub test: Option<KeyTest>,
}

impl KeyRejected {
    #[must_use]
    pub fn typed(errors: FormErrors) -> Self {
        Self { errors, test: None }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.test.is_none()
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

impl From<KeyRejected> for FormError<KeyRejected> {
    fn from(rejected: KeyRejected) -> Self {
        Self::Invalid(rejected)
    }
}

impl KeyForm {
    pub fn access_of_new_team(&self, region: Region, errors: &mut FormErrors) -> Option<ApiAccess> {
        let app_key = errors.keep("app_key", self.app_key());
        let token = self.token(errors);
        Some(ApiAccess {
            // Its calls are counted before it has an id.
            team: TeamId("a new team".to_owned()),
            region,
            app_key: app_key?,
            token,
        })
    }

    /// The typed secrets, and the stored ones in place of empty fields.
    fn access_of(
        &self,
        team: &Team,
        stored: Option<ApiAccess>,
    ) -> std::result::Result<ApiAccess, FormErrors> {
        let mut errors = FormErrors::default();
        let (stored_key, stored_token) =
            stored.map(|stored| (stored.app_key, stored.token)).unzip();
        let app_key = match stored_key {
            Some(stored) if self.app_key.trim().is_empty() => Some(stored),
            _ => errors.keep("app_key", self.app_key()),
        };
        let token = self.token(&mut errors);
        let removes = self.no_token == "yes";
        if removes && token.is_some() {
            errors.add("no_token", "token-or-none");
        }
        if !removes && token.is_none() && self.app_key.trim().is_empty() && errors.is_empty() {
            errors.add("app_key", "key-nothing-typed");
        }
        let app_key = app_key.filter(|_| errors.is_empty()).ok_or(errors)?;
        let kept = stored_token.flatten().filter(|_| !removes);
        Ok(ApiAccess {
            team: team.id.clone(),
            region: team.region,
            app_key,
            token: token.or(kept),
        })
    }

    fn app_key(&self) -> std::result::Result<AppKey, &'static str> {
        if self.app_key.trim().is_empty() {
            return Err("app-key-missing");
        }
        AppKey::parse(&self.app_key).map_err(|_| "app-key-shape")
    }

    /// Both parts or none.
    fn token(&self, errors: &mut FormErrors) -> Option<TokenCredentials> {
        let (id, secret) = (self.token_id.trim(), self.token_secret.trim());
        match (id.is_empty(), secret.is_empty()) {
            (true, true) => None,
            (false, true) => errors.keep("token_secret", Err("token-incomplete")),
            (true, false) => errors.keep("token_id", Err("token-incomplete")),
            (false, false) if id.contains(':') => errors.keep("token_id", Err("token-shape")),
            (false, false) => {
                let read = TokenCredentials::parse(&format!("{id}:{secret}"));
                errors.keep("token_id", read.map_err(|_| "token-shape"))
            }
        }
    }

    /// Tests the key, unless the sender chose not to.
    pub async fn test(
        &self,
        state: &AppState,
        access: &ApiAccess,
        by: AuditRecord,
    ) -> std::result::Result<(), FormError<KeyRejected>> {
        if self.untried == "yes" {
            return Ok(());
        }
        let test = test(state, access, by).await?;
        if test.failure.is_none() {
            return Ok(());
        }
        let rejected = KeyRejected {
            errors: FormErrors::default(),
            test: Some(test),
        };
        Err(rejected.into())
    }

    /// Replaces the team's secrets with the form's, after a test.
    pub async fn replace(
        &self,
        state: &AppState,
        team: &Team,
        by: &AuditRecord,
    ) -> std::result::Result<(), FormError<KeyRejected>> {
        let stored = stored(&state.store, team).await?;
        let access = self.access_of(team, stored).map_err(KeyRejected::typed)?;
        self.test(state, &access, test_record(team, by, &access))
            .await?;
        let ApiAccess { app_key, token, .. } = &access;
        state
            .store
            .set_team_key(team, app_key, token.as_ref(), by)
            .await?;
        Ok(())
    }
}

impl KeyView {
    pub async fn new(store: &Store, team: &Team, path: String) -> Result<Self> {
        let access = stored(store, team).await?;
        Ok(Self {
            path,
            masked: access.as_ref().map(|access| access.app_key.masked()),
            has_token: access.is_some_and(|access| access.token.is_some()),
            errors: FormErrors::default(),
            test: None,
            is_replacing: false,
        })
    }

    #[must_use]
    pub fn rejected(self, KeyRejected { errors, test }: KeyRejected) -> Self {
        Self {
            errors,
            test,
            is_replacing: true,
            ..self
        }
    }
}

/// `None` when the stored secrets cannot be decrypted: they can still be replaced.
async fn stored(store: &Store, team: &Team) -> Result<Option<ApiAccess>> {
    match store.api_access(team).await {
        Ok(access) => Ok(Some(access)),
        Err(store::Error::Unreadable(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Calls the API once.
async fn test(state: &AppState, access: &ApiAccess, by: AuditRecord) -> Result<KeyTest> {
    let (store, action) = (&state.store, Action::ConnectionTried);
    // Write-ahead: no call goes without an audit event.
    store.audit(&by, action, Outcome::Started).await?;
    let answer = state.secmon.check(access).await;
    let outcome = if answer.is_ok() {
        Outcome::Done
    } else {
        Outcome::Refused
    };
    store.audit(&by, action, outcome).await?;
    Ok(KeyTest {
        masked: access.app_key.masked(),
        changes: answer.as_ref().ok().copied().flatten(),
        failure: answer.as_ref().err().map(error::Description::from),
    })
}

/// Tests the team's stored key.
pub async fn test_stored(state: &AppState, team: &Team, by: &AuditRecord) -> Result<KeyTest> {
    let access = state.store.api_access(team).await?;
    test(state, &access, test_record(team, by, &access)).await
}

fn test_record(team: &Team, by: &AuditRecord, access: &ApiAccess) -> AuditRecord {
    let object = format!("{} ({})", team.slug, access.app_key.masked());
    by.clone().on_team(&team.id, &object)
}
