//! `secmon-portal user`: users.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Subcommand;

use crate::{
    auth::{Passwords, UserNames, WeakPassword, password_rule},
    config::{LogFormat, Settings},
    model::{self, Role, Slug, User, Username},
    server::bootstrap,
    store::{AuditRecord, Error, NewUser, Store},
    telemetry,
};

use super::{message, read, say};

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a user
    Add {
        /// The username: letters, digits and . _ @ + -
        #[arg(long, env = "SECMON_PORTAL_USER_USERNAME")]
        username: Username,
        /// The display name [default: the username]
        #[arg(long, env = "SECMON_PORTAL_USER_DISPLAY_NAME", value_name = "NAME")]
        display_name: Option<String>,
        /// Makes the user a site admin, with all rights in all teams
        #[arg(long, env = "SECMON_PORTAL_USER_SITE_ADMIN")]
        site_admin: bool,
        /// Team and role, such as acme:operator; repeatable or comma-separated
        #[arg(
            long,
            env = "SECMON_PORTAL_USER_MEMBER",
            value_name = "SLUG:ROLE",
            value_delimiter = ','
        )]
        member: Vec<Member>,
        /// File with the password, or - for standard input; a weak password causes a warning
        #[arg(long, env = "SECMON_PORTAL_USER_PASSWORD_FILE", value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Lists the users: username, state, teams and display name
    List,
    /// Sets a user's password and ends their sessions
    SetPassword {
        /// The username
        #[arg(long, env = "SECMON_PORTAL_USER_USERNAME", value_parser = Username::existing)]
        username: Username,
        /// File with the password, or - for standard input; a weak password causes a warning
        #[arg(long, env = "SECMON_PORTAL_USER_PASSWORD_FILE", value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Disables a user and ends their sessions
    Disable {
        /// The username
        #[arg(long, env = "SECMON_PORTAL_USER_USERNAME", value_parser = Username::existing)]
        username: Username,
    },
    /// Removes a user's second factor and recovery codes, and ends their sessions
    ResetSecondFactor {
        /// The username
        #[arg(long, env = "SECMON_PORTAL_USER_USERNAME", value_parser = Username::existing)]
        username: Username,
    },
}

/// A team and the role in it.
#[derive(Debug, Clone)]
pub struct Member {
    slug: Slug,
    role: Role,
}

impl FromStr for Member {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (slug, role) = text
            .split_once(':')
            .ok_or("must be SLUG:ROLE, such as acme:operator")?;
        Ok(Self {
            slug: slug
                .parse()
                .map_err(|refused| format!("the slug {refused}"))?,
            role: role
                .parse()
                .map_err(|refused| format!("the role {refused}"))?,
        })
    }
}

pub async fn run(settings: &Settings, command: UserCommand) -> Result<(), String> {
    let store = bootstrap::open_store(settings).await?;
    let by = AuditRecord::by_command_line();
    match command {
        UserCommand::Add {
            username,
            display_name,
            site_admin,
            member,
            password_file,
        } => {
            let display_name = display_name.unwrap_or_else(|| username.to_string());
            let display_name = model::display_name(&display_name)
                .map_err(|refused| format!("the display name {refused}"))?;
            let names = UserNames {
                username: username.as_str(),
                display_name: &display_name,
            };
            let chosen = choose(&password_file, names).await?;
            let user = NewUser {
                display_name,
                username,
                site_admin,
                members: memberships(&store, member).await?,
                password_hash: chosen.hash.clone(),
            };
            add(&store, &user, &by).await?;
            chosen.warn(settings.log_format);
        }
        UserCommand::List => list(&store).await.map_err(message)?,
        UserCommand::SetPassword {
            username,
            password_file,
        } => {
            let user = find(&store, &username).await?;
            let chosen = choose(&password_file, UserNames::from(&user)).await?;
            let set = store.set_password(&user, &chosen.hash, &by);
            set.await.map_err(message)?;
            say(&format!("The password of user {username} is set"));
            chosen.warn(settings.log_format);
        }
        UserCommand::Disable { username } => {
            let user = find(&store, &username).await?;
            store.disable_user(&user, &by).await.map_err(message)?;
            say(&format!("User {username} is disabled"));
        }
        UserCommand::ResetSecondFactor { username } => {
            let user = find(&store, &username).await?;
            let reset = store.reset_second_factor(&user, &by).await;
            if !reset.map_err(message)? {
                return Err(format!("user {username} has no second factor"));
            }
            say(&format!("The second factor of user {username} is reset"));
        }
    }
    store.close().await;
    Ok(())
}

async fn add(store: &Store, user: &NewUser, by: &AuditRecord) -> Result<(), String> {
    match store.add_user(user, by).await {
        Ok(_) => {
            say(&format!("User {} is added", user.username));
            Ok(())
        }
        Err(Error::Taken) => Err(format!("a user {} exists already", user.username)),
        Err(error) => Err(error.to_string()),
    }
}

async fn memberships(
    store: &Store,
    members: Vec<Member>,
) -> Result<Vec<(crate::model::Team, Role)>, String> {
    let mut found: Vec<(crate::model::Team, Role)> = Vec::new();
    for Member { slug, role } in members {
        if found.iter().any(|(team, _)| team.slug == slug) {
            return Err(format!("the team {slug} is named twice"));
        }
        let team = store.team(&slug).await.map_err(message)?;
        found.push((
            team.ok_or_else(|| format!("there is no team {slug}"))?,
            role,
        ));
    }
    Ok(found)
}

async fn list(store: &Store) -> Result<(), Error> {
    let memberships = store.all_memberships().await?;
    for user in store.users().await? {
        let mut places: Vec<String> = memberships
            .iter()
            .filter(|(name, ..)| *name == user.username)
            .map(|(_, slug, role)| format!("{slug}:{role}"))
            .collect();
        if user.site_admin {
            places.insert(0, "site-admin".to_owned());
        }
        let state = if user.disabled { "disabled" } else { "active" };
        let places = places.join(",");
        say(&format!(
            "{}\t{state}\t{places}\t{}",
            user.username, user.display_name
        ));
    }
    Ok(())
}

async fn find(store: &Store, username: &Username) -> Result<User, String> {
    let credentials = store.credentials(username).await.map_err(message)?;
    credentials
        .map(|credential| credential.user)
        .ok_or_else(|| format!("there is no user {username}"))
}

/// A password from a file.
struct ChosenPassword {
    hash: String,
    weak: Option<WeakPassword>,
}

impl ChosenPassword {
    /// Scripts may set any password; a weak one causes a warning after the command is done.
    fn warn(&self, format: LogFormat) {
        if let Some(weak) = self.weak {
            let warning = format!("this password is easily guessed: {weak}");
            telemetry::print_warning(format, &warning);
        }
    }
}

/// The password in a file: its content without a byte order mark and the line break at its end.
fn password_in(text: &str) -> Result<&str, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.strip_suffix('\n').unwrap_or(text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    if password.contains(['\n', '\r']) {
        return Err("the password file holds more than one line".to_owned());
    }
    if let Some(control) = password.chars().find(|c| c.is_control()) {
        let code = u32::from(control);
        return Err(format!(
            "the password file holds a control character (U+{code:04X}), which nobody can type; is it UTF-16?"
        ));
    }
    Ok(password)
}

async fn choose(file: &Path, user: UserNames<'_>) -> Result<ChosenPassword, String> {
    let text = read(file)?;
    let password = password_in(&text)?;
    let passwords = Passwords::new().await.map_err(|error| error.to_string())?;
    let hash = passwords.hash(password).await;
    Ok(ChosenPassword {
        hash: hash.map_err(|error| error.to_string())?,
        weak: password_rule::check(password, user).err(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_file_holds_one_printable_line() {
        for text in [
            "correct horse",
            "correct horse\n",
            "\u{feff}correct horse\r\n",
        ] {
            assert_eq!(password_in(text), Ok("correct horse"), "{text:?}");
        }
        assert_eq!(password_in(" 앞뒤 빈칸 \n"), Ok(" 앞뒤 빈칸 "));
        for text in ["a\nb", "a\rb", "a\n\n", "c\0o\0", "a\tb", "a\u{85}"] {
            assert!(password_in(text).is_err(), "{text:?}");
        }
    }
}
