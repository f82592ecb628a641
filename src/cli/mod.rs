//! The command line: one file per command.

mod archive;
mod audit;
mod backup;
mod demo;
pub mod healthcheck;
mod rotate_key;
mod serve;
mod sign_in;
pub mod simulator;
mod team;
mod user;

use std::{
    io::{Read as _, Write as _},
    path::Path,
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    config::{self, Settings},
    server::hardening,
    telemetry,
};

/// A web portal for NHN Cloud Security Monitoring. Without a command it runs the portal
#[derive(Debug, Parser)]
#[command(name = "secmon-portal", version)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the portal
    Serve,
    /// Runs the portal with a simulated Secmon API on temporary data
    Demo(demo::DemoArgs),
    /// Runs only the simulated Secmon API
    Simulator(simulator::SimulatorArgs),
    /// Adds, lists, checks and removes teams
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Adds, lists and disables users
    #[command(subcommand)]
    User(user::UserCommand),
    /// Verifies the audit log
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Shows how complete the archives are, and synchronizes one
    #[command(subcommand)]
    Archive(archive::ArchiveCommand),
    /// Makes a consistent copy of an SQLite database while portals run
    Backup(backup::BackupArgs),
    /// Re-encrypts all secrets with the current key while portals run
    RotateKey,
    /// Succeeds when the portal answers ready; for a container's HEALTHCHECK
    Healthcheck(healthcheck::HealthcheckArgs),
}

/// Runs a command. Exit status 0: done; 1: failed, with the reason in one line on stderr; 2: bad usage.
#[must_use]
pub fn main() -> ExitCode {
    hardening::protect_memory();
    let line: CommandLine = match config::parse(std::env::args_os()) {
        Ok(line) => line,
        Err(error) if error.exit_code() == 0 => {
            // `--help` and `--version`. Errors of a closed pipe are ignored.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            telemetry::print_error(config::log_format_of_process(), &config::one_line(error));
            return ExitCode::from(2);
        }
    };
    let log_format = line.settings.log_format;
    telemetry::start(&line.settings.log, line.settings.log_format);
    telemetry::report_panics();
    warn_of_password(&line.settings);
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))
        .and_then(|runtime| {
            let done = runtime.block_on(run(line));
            // A blocking thread that hangs must not keep the process.
            runtime.shutdown_timeout(std::time::Duration::from_millis(200));
            done
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            telemetry::print_error(log_format, &reason);
            ExitCode::FAILURE
        }
    }
}

async fn run(line: CommandLine) -> Result<(), String> {
    let settings = line.settings;
    match line.command {
        None | Some(Command::Serve) => serve::run(&settings).await,
        Some(Command::Demo(args)) => demo::run(&settings, args).await,
        Some(Command::Simulator(args)) => args.run().await,
        Some(Command::Team(command)) => team::run(&settings, command).await,
        Some(Command::User(command)) => user::run(&settings, command).await,
        Some(Command::Audit(command)) => audit::run(&settings, &command).await,
        Some(Command::Archive(command)) => archive::run(&settings, command).await,
        Some(Command::Backup(args)) => backup::run(&settings, args).await,
        Some(Command::RotateKey) => rotate_key::run(&settings).await,
        Some(Command::Healthcheck(args)) => args.run(settings.listen).await,
    }
}

/// Everybody on the machine can read a command line.
fn warn_of_password(settings: &Settings) {
    let has_password = settings
        .database_url
        .as_ref()
        .is_some_and(config::DatabaseUrl::has_password);
    let by_option = |word: String| word.starts_with("--database-url");
    if has_password && std::env::args_os().any(|word| by_option(word.to_string_lossy().into())) {
        tracing::warn!(
            "the database password is on the command line, where other users can read it: \
             use SECMON_PORTAL_DATABASE_URL"
        );
    }
}

/// Prints a line. Errors of a closed pipe are ignored.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "{line}");
    let _ = stdout.flush();
}

/// The text of an error, for `map_err`.
fn message(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The content of a file, or of standard input for `-`.
fn read(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map(|_| text)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))
}
