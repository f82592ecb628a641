//! A team's secrets in a form: typed, tried, kept, and never shown again but for the last four characters.

use serde::Deserialize;

use crate::{
    model::{ApiAccess, AppKey, Region, Team, TeamId, TokenCredentials},
    store::{self, Action, AuditRecord, Outcome, Store},
    web::{AppState, FormErrors, Result, error},
};

/// What was typed; it never goes into a page again. It has no `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct KeyForm {
    app_key: String,
    token_id: String,
    token_secret: String,
    /// `yes`: the team's API asks for no token.
    no_token: String,
    /// `yes`: keep it without a trial.
    untried: String,
}

/// A team's secrets as its pages may show them.
pub(super) struct KeyView {
    /// Where its forms lead.
    pub path: String,
    /// `None`: the stored key cannot be read, and has to be replaced.
    pub masked: Option<String>,
    pub has_token: bool,
    pub errors: FormErrors,
    pub tried: Option<KeyTest>,
    /// Somebody has sent the form for another one, and it was not kept.
    pub is_replacing: bool,
}

/// What came back from a trial.
#[derive(Debug)]
pub(super) struct KeyTest {
    pub masked: String,
    /// How many changes of control the API knows.
    pub changes: Option<u64>,
    pub failure: Option<error::Upstream>,
}

/// Why a key was not kept.
#[derive(Debug)]
pub(super) enum KeyRejected {
    Typed(FormErrors),
    Failed(KeyTest),
}

impl KeyForm {
    /// The secrets of a team that has none yet.
    pub fn of_new_team(&self, region: Region) -> std::result::Result<ApiAccess, FormErrors> {
        let mut errors = FormErrors::default();
        let app_key = errors.keep("app_key", self.app_key());
        let token = self.token(&mut errors);
        let app_key = app_key.filter(|_| errors.is_empty()).ok_or(errors)?;
        Ok(ApiAccess {
            // Its calls are counted before it has an id.
            team: TeamId("a new team".to_owned()),
            region,
            app_key,
            token,
        })
    }

    /// The team's secrets with what was typed in the place of what there is.
    fn over(
        &self,
        team: &Team,
        present: Option<ApiAccess>,
    ) -> std::result::Result<ApiAccess, FormErrors> {
        let mut errors = FormErrors::default();
        let (present_key, present_token) = present
            .map(|present| (present.app_key, present.token))
            .unzip();
        let app_key = match present_key {
            Some(present) if self.app_key.trim().is_empty() => Some(present),
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
        let kept = present_token.flatten().filter(|_| !removes);
        Ok(ApiAccess {
            team: team.id.clone(),
            region: team.region,
            app_key,
            token: token.or(kept),
        })
    }

    fn app_key(&self) -> std::result::Result<AppKey, &'static str> {
        let missing = self.app_key.trim().is_empty();
        let problem = if missing {
            "app-key-missing"
        } else {
            "app-key-shape"
        };
        AppKey::parse(&self.app_key).map_err(|_| problem)
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

    /// Is it to be kept without a trial.
    pub fn untried(&self) -> bool {
        self.untried == "yes"
    }
}

impl KeyView {
    pub async fn new(store: &Store, team: &Team, path: String) -> Result<Self> {
        let access = present(store, team).await?;
        Ok(Self {
            path,
            masked: access.as_ref().map(|access| access.app_key.masked()),
            has_token: access.is_some_and(|access| access.token.is_some()),
            errors: FormErrors::default(),
            tried: None,
            is_replacing: false,
        })
    }

    /// With what was wrong, of what was typed only that.
    pub fn refuse(&mut self, refused: KeyRejected) {
        self.is_replacing = true;
        match refused {
            KeyRejected::Typed(errors) => self.errors = errors,
            KeyRejected::Failed(tried) => self.tried = Some(tried),
        }
    }
}

/// `None` when what is stored cannot be read any more: it can still be replaced.
async fn present(store: &Store, team: &Team) -> Result<Option<ApiAccess>> {
    match store.api_access(team).await {
        Ok(access) => Ok(Some(access)),
        Err(store::Error::Unreadable(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Calls the API once.
pub(super) async fn try_out(
    state: &AppState,
    access: &ApiAccess,
    by: AuditRecord,
) -> Result<KeyTest> {
    let (store, action) = (&state.store, Action::ConnectionTried);
    // Before the key is sent, so that no call goes without a row.
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
        failure: answer.as_ref().err().map(error::upstream),
    })
}

/// Tries what the team has.
pub(super) async fn try_present(
    state: &AppState,
    team: &Team,
    by: &AuditRecord,
) -> Result<KeyTest> {
    let access = state.store.api_access(team).await?;
    try_out(state, &access, tried_in(team, by, &access)).await
}

/// Replaces what was typed, after a trial unless that is not wanted.
pub(super) async fn replace(
    state: &AppState,
    team: &Team,
    typed: &KeyForm,
    by: &AuditRecord,
) -> Result<std::result::Result<(), KeyRejected>> {
    let present = present(&state.store, team).await?;
    let access = match typed.over(team, present) {
        Ok(access) => access,
        Err(errors) => return Ok(Err(KeyRejected::Typed(errors))),
    };
    if !typed.untried() {
        let tried = try_out(state, &access, tried_in(team, by, &access)).await?;
        if tried.failure.is_some() {
            return Ok(Err(KeyRejected::Failed(tried)));
        }
    }
    let set = state
        .store
        .set_team_key(team, &access.app_key, access.token.as_ref(), by);
    set.await?;
    Ok(Ok(()))
}

fn tried_in(team: &Team, by: &AuditRecord, access: &ApiAccess) -> AuditRecord {
    let what = format!("{} ({})", team.slug, access.app_key.masked());
    by.clone().on_team(&team.id, &what)
}
