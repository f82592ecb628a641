//! Login methods from settings.

use url::Url;

use crate::{
    auth::{
        Oidc, SignInWays,
        oidc::{GroupMapping, GroupRight, Settings},
    },
    config::SignInSettings,
    model::Clock,
};

/// The most time that one call of the provider may take.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The login methods, or the settings' error in one line.
pub fn ways(settings: &SignInSettings) -> Result<SignInWays, String> {
    let by_password = settings.local_sign_in.is_on();
    let Some(issuer) = &settings.oidc_issuer else {
        if !by_password {
            return Err(
                "nobody could sign in: SECMON_PORTAL_LOCAL_SIGN_IN is off, and \
                 SECMON_PORTAL_OIDC_ISSUER is not set"
                    .to_owned(),
            );
        }
        if let Some(variable) = without_issuer(settings) {
            return Err(format!(
                "{variable} is set, and SECMON_PORTAL_OIDC_ISSUER is not"
            ));
        }
        return Ok(SignInWays::default());
    };
    let client_id = settings.oidc_client_id.clone();
    let client_id = client_id
        .ok_or("SECMON_PORTAL_OIDC_ISSUER is set, and SECMON_PORTAL_OIDC_CLIENT_ID is not")?;
    let single_sign_on = Oidc::new(Settings {
        issuer: issuer.clone(),
        client_id,
        client_secret: client_secret(settings)?,
        audiences: settings.oidc_audiences.clone(),
        name: name(settings, issuer),
        scopes: scopes(settings),
        groups_claim: settings.oidc_groups_claim.clone(),
        groups: groups(settings)?,
        creates_users: settings.oidc_create_users.is_on(),
        timeout: TIMEOUT,
        clock: Clock::system(),
    });
    Ok(SignInWays {
        by_password,
        single_sign_on: Some(single_sign_on.map_err(|error| error.to_string())?),
    })
}

/// A setting that means nothing without an issuer.
fn without_issuer(settings: &SignInSettings) -> Option<&'static str> {
    let set = [
        (
            "SECMON_PORTAL_OIDC_CLIENT_ID",
            settings.oidc_client_id.is_some(),
        ),
        (
            "SECMON_PORTAL_OIDC_CLIENT_SECRET_FILE",
            settings.oidc_client_secret_file.is_some(),
        ),
        (
            "SECMON_PORTAL_OIDC_AUDIENCES",
            !settings.oidc_audiences.is_empty(),
        ),
        ("SECMON_PORTAL_OIDC_NAME", settings.oidc_name.is_some()),
        (
            "SECMON_PORTAL_OIDC_GROUPS",
            !settings.oidc_groups.is_empty(),
        ),
        (
            "SECMON_PORTAL_OIDC_CREATE_USERS",
            settings.oidc_create_users.is_on(),
        ),
    ];
    let found = set.into_iter().find(|(_, is_set)| *is_set);
    found.map(|(variable, _)| variable)
}

fn client_secret(settings: &SignInSettings) -> Result<Option<secrecy::SecretString>, String> {
    let Some(file) = &settings.oidc_client_secret_file else {
        return Ok(None);
    };
    let text = super::read(file)?;
    let secret = text.trim();
    if secret.is_empty() {
        let shown = file.display();
        return Err(format!(
            "the file with the client secret, {shown}, is empty"
        ));
    }
    Ok(Some(secret.to_owned().into()))
}

/// The provider's host as its default name.
fn name(settings: &SignInSettings, issuer: &str) -> String {
    let host = || {
        let url = Url::parse(issuer).ok();
        url.and_then(|url| url.host_str().map(str::to_owned))
    };
    let name = settings.oidc_name.clone().or_else(host);
    name.unwrap_or_else(|| issuer.to_owned())
}

/// `openid` is always requested.
fn scopes(settings: &SignInSettings) -> Vec<String> {
    let scopes = settings.oidc_scopes.split_whitespace();
    let others = scopes.filter(|scope| *scope != "openid");
    others.map(str::to_owned).collect()
}

fn groups(settings: &SignInSettings) -> Result<GroupMapping, String> {
    let texts = settings
        .oidc_groups
        .iter()
        .map(|oidc_group| oidc_group.trim());
    let rights = texts
        .filter(|text| !text.is_empty())
        .map(str::parse::<GroupRight>);
    let rights: Result<Vec<_>, _> = rights.collect();
    let rights = rights.map_err(|refused| format!("SECMON_PORTAL_OIDC_GROUPS {refused}"))?;
    Ok(GroupMapping::new(rights))
}
