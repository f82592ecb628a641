//! Settings of signing in: by a provider of OpenID Connect, by the portal's own passwords, or by both.

use std::path::PathBuf;

use super::value;

/// How people sign in. Without an issuer there is no single sign-on.
#[derive(Debug, Clone, clap::Args)]
pub struct SignInSettings {
    /// The issuer of an OpenID Connect provider; turns single sign-on on
    ///
    /// As the provider writes it, with or without a slash at its end; its discovery document lies below it. It must
    /// begin with https://, except on this machine.
    #[arg(long, env = "SECMON_PORTAL_OIDC_ISSUER", value_name = "URL")]
    #[arg(global = true, hide_env_values = true, value_parser = value::issuer)]
    pub oidc_issuer: Option<String>,

    /// What the provider knows the portal as
    #[arg(long, env = "SECMON_PORTAL_OIDC_CLIENT_ID", value_name = "ID")]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_client_id: Option<String>,

    /// A file with the secret that the portal shares with the provider [default: none, as a public client]
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// Further audiences that an ID token may name beside the client id, with commas between [default: none]
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_AUDIENCES",
        value_name = "AUDIENCES",
        value_delimiter = ','
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_audiences: Vec<String>,

    /// What people call the provider: "Sign in with …" [default: the issuer's host]
    #[arg(long, env = "SECMON_PORTAL_OIDC_NAME", value_name = "NAME")]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_name: Option<String>,

    /// What the provider is asked to tell, with spaces between
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "openid profile email"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_scopes: String,

    /// The claim that names somebody's groups
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_GROUPS_CLAIM",
        value_name = "CLAIM",
        default_value = "groups"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_groups_claim: String,

    /// What groups may: GROUP=TEAM:ROLE or GROUP=site-admin, with semicolons between [default: nothing]
    ///
    /// At each single sign-on it decides about the teams that it names, and about the right of a site admin if it
    /// names that; about nothing else.
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_GROUPS",
        value_name = "MAPPING",
        value_delimiter = ';'
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_groups: Vec<String>,

    /// Is an account made for whoever signs in at the provider for the first time
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_CREATE_USERS",
        value_name = "SWITCH",
        default_value = "off"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_create_users: Switch,

    /// Can people sign in with a password of the portal's own
    #[arg(
        long,
        env = "SECMON_PORTAL_LOCAL_SIGN_IN",
        value_name = "SWITCH",
        default_value = "on"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub local_sign_in: Switch,
}

/// Something that can be turned on and off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    On,
    Off,
}

impl Switch {
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl SignInSettings {
    /// Nothing but passwords, whatever was set.
    #[must_use]
    pub fn only_passwords(self) -> Self {
        Self {
            oidc_issuer: None,
            oidc_client_id: None,
            oidc_client_secret_file: None,
            oidc_audiences: Vec::new(),
            oidc_name: None,
            oidc_groups: Vec::new(),
            oidc_create_users: Switch::Off,
            local_sign_in: Switch::On,
            ..self
        }
    }
}
