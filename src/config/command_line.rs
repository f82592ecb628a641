//! Parsing of the command line; every error is one line.

use std::ffi::OsString;

use clap::{
    Arg, Args as _, Command, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{LogFormat, Settings};

/// Reads a command line. An empty environment variable counts as unset: a compose file passes them so.
///
/// # Errors
/// With what [`one_line`] says; or with the text of `--help` and `--version`, as clap does it.
pub fn parse<Line: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Line, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let matches = without_empty_variables(Line::command()).try_get_matches_from(&arguments);
    match matches {
        Ok(matches) => Line::from_arg_matches(&matches),
        // Once more, so that the text names the empty variables too.
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Line::try_parse_from(arguments),
        Err(error) => Err(error),
    }
}

/// clap gives an empty value to the option's parser, where it fails. It reads a variable once, when an option is
/// tied to it, so untying is all that helps.
fn without_empty_variables(command: Command) -> Command {
    let untie = |option: Arg| match option.get_env().and_then(std::env::var_os) {
        Some(value) if value.is_empty() => option.env(None),
        _ => option,
    };
    command
        .mut_args(untie)
        .mut_subcommands(without_empty_variables)
}

/// How the log is written, for the message about a command line that cannot be read.
#[must_use]
pub fn log_format_of_process() -> LogFormat {
    let words: Vec<_> = std::env::args().collect();
    let option = words.iter().enumerate().find_map(|(at, word)| {
        let value = word.strip_prefix("--log-format")?;
        value
            .strip_prefix('=')
            .or(words.get(at + 1).map(String::as_str))
    });
    let variable = std::env::var("SECMON_PORTAL_LOG_FORMAT").ok();
    match option.or(variable.as_deref()) {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Text,
    }
}

/// clap's message in one line, with the variable of the option and without the value, which may be a secret.
#[must_use]
pub fn one_line(mut error: clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a subcommand is required (see --help)".into();
    }
    hide_values(&mut error);
    name_variable(&mut error);
    let message = error.to_string();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let paragraphs = message.split("\n\n");
    let said: Vec<_> = paragraphs
        .take_while(|text| !text.starts_with("Usage:") && !text.starts_with("For more"))
        .flat_map(str::split_whitespace)
        .collect();
    format!("{} (see --help)", said.join(" "))
}

fn hide_values(error: &mut clap::Error) {
    const HIDDEN: &str = "…";
    let kind = ContextKind::InvalidValue;
    // An empty value means that none was given.
    if matches!(error.get(kind), Some(ContextValue::String(value)) if !value.is_empty()) {
        error.insert(kind, ContextValue::String(HIDDEN.to_owned()));
    }
    // A suggestion repeats the value. A stray word may be a secret that lost its option.
    error.remove(ContextKind::Suggested);
    if error.kind() != ErrorKind::UnknownArgument {
        return;
    }
    let kind = ContextKind::InvalidArg;
    if let Some(ContextValue::String(word)) = error.get(kind) {
        let option = word.split('=').next().filter(|name| name.starts_with('-'));
        let shown = option.unwrap_or(HIDDEN).to_owned();
        error.insert(kind, ContextValue::String(shown));
    }
}

/// Adds the variable that may hold the value.
fn name_variable(error: &mut clap::Error) {
    let kind = ContextKind::InvalidArg;
    let Some(ContextValue::String(argument)) = error.get(kind) else {
        return;
    };
    let name = argument.split(' ').next().unwrap_or_default();
    let settings = Settings::augment_args(Command::new("settings"));
    let variable = settings
        .get_arguments()
        .find(|option| option.get_long().is_some() && option.get_long() == name.strip_prefix("--"))
        .and_then(Arg::get_env);
    if let Some(variable) = variable {
        let named = format!("{argument} ({})", variable.display());
        error.insert(kind, ContextValue::String(named));
    }
}
