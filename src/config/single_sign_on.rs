//! Settings of sign-in: OpenID Connect, passwords, or both.

use std::path::PathBuf;

use super::value;

/// Login methods. Without an issuer there is no single sign-on.
#[derive(Debug, Clone, clap::Args)]
pub struct SignInSettings {
    /// Issuer of the OpenID Connect provider; turns single sign-on on
    ///
    /// Exactly as the provider writes it, including a trailing slash. It must begin with https://, except on this
    /// machine.
    #[arg(long, env = "SECMON_PORTAL_OIDC_ISSUER", value_name = "URL")]
    #[arg(global = true, hide_env_values = true, value_parser = value::issuer)]
    pub oidc_issuer: Option<String>,

    /// Client id
    #[arg(long, env = "SECMON_PORTAL_OIDC_CLIENT_ID", value_name = "ID")]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_client_id: Option<String>,

    /// File with the client secret [default: none, a public client]
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_client_secret_file: Option<PathBuf>,

    /// Further accepted audiences of an ID token, comma-separated [default: none]
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_AUDIENCES",
        value_name = "AUDIENCES",
        value_delimiter = ','
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_audiences: Vec<String>,

    /// Name of the provider: "Sign in with …" [default: the issuer's host]
    #[arg(long, env = "SECMON_PORTAL_OIDC_NAME", value_name = "NAME")]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_name: Option<String>,

    /// Requested scopes, space-separated
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "openid profile email"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_scopes: String,

    /// Claim with the user's groups
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_GROUPS_CLAIM",
        value_name = "CLAIM",
        default_value = "groups"
    )]
    #[arg(global = true, hide_env_values = true, value_parser = value::line)]
    pub oidc_groups_claim: String,

    /// Rights of groups: GROUP=TEAM:ROLE or GROUP=site-admin, semicolon-separated [default: none]
    ///
    /// Each single sign-on sets the roles in the named teams, and the site admin flag if it is named; other rights stay.
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_GROUPS",
        value_name = "MAPPING",
        value_delimiter = ';'
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_groups: Vec<String>,

    /// Whether the first single sign-on adds a user
    #[arg(
        long,
        env = "SECMON_PORTAL_OIDC_CREATE_USERS",
        value_name = "SWITCH",
        default_value = "off"
    )]
    #[arg(global = true, hide_env_values = true)]
    pub oidc_create_users: Switch,

    /// Whether users may sign in with a password
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
    /// Password sign-in only.
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
