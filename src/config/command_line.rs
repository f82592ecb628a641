//! Reading the command line, and saying in one line what is wrong with it.

use std::{error::Error as _, ffi::OsString};

use clap::{
    Arg, Args as _, Command, Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::Settings;

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

/// Says in one line what is wrong, for stderr: the option, its variable, the reason, and never the value, which may
/// be a secret.
#[must_use]
pub fn one_line(error: &clap::Error) -> String {
    let argument = argument(error);
    match (error.kind(), argument) {
        (ErrorKind::ValueValidation, Some(argument)) => match error.source() {
            Some(reason) => one_paragraph(&format!("{argument} {reason}")),
            None => format!("{argument} has a value that is not understood"),
        },
        (ErrorKind::InvalidValue, Some(argument)) => {
            match words(error, ContextKind::ValidValue).as_slice() {
                // clap says it so when an option is the last word of the line.
                _ if words(error, ContextKind::InvalidValue) == [""] => {
                    format!("{argument} needs a value")
                }
                [] => format!("{argument} has a value that is not understood"),
                valid => format!("{argument} must be one of: {}", valid.join(", ")),
            }
        }
        (ErrorKind::UnknownArgument, _) => unknown_argument(error),
        (ErrorKind::InvalidSubcommand, _) => {
            let command = words(error, ContextKind::InvalidSubcommand).join(" ");
            format!(
                "there is no command '{command}'{}",
                suggestion(error, ContextKind::SuggestedSubcommand)
            )
        }
        (ErrorKind::MissingRequiredArgument, _) => {
            format!(
                "missing: {}",
                words(error, ContextKind::InvalidArg).join(", ")
            )
        }
        (ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) => {
            "a command is missing; --help lists them".into()
        }
        (ErrorKind::InvalidUtf8, _) => {
            "an option or a variable holds text that is not UTF-8".into()
        }
        (kind, argument) => {
            let reason = kind
                .as_str()
                .unwrap_or("the command line is not understood");
            argument.map_or_else(
                || reason.to_owned(),
                |argument| format!("{argument}: {reason}"),
            )
        }
    }
}

/// The option that the error is about, with the variable that may have given its value.
fn argument(error: &clap::Error) -> Option<String> {
    let words = words(error, ContextKind::InvalidArg);
    let name = words.first()?.split(' ').next()?;
    let settings = Settings::augment_args(Command::new("settings"));
    let variable = settings
        .get_arguments()
        .find(|option| option.get_long() == name.strip_prefix("--"))
        .and_then(Arg::get_env);
    Some(match variable {
        Some(variable) => format!("{name} ({})", variable.display()),
        None => name.to_owned(),
    })
}

/// Names an unknown option, but not a stray word: that may be a secret which lost its option.
fn unknown_argument(error: &clap::Error) -> String {
    let words = words(error, ContextKind::InvalidArg);
    let option = words.first().filter(|word| word.starts_with('-'));
    match option.and_then(|option| option.split('=').next()) {
        Some(option) => format!(
            "there is no option '{option}' here{}",
            suggestion(error, ContextKind::SuggestedArg)
        ),
        None => "there is a word too many; --help shows how the command is written".into(),
    }
}

fn suggestion(error: &clap::Error, kind: ContextKind) -> String {
    match words(error, kind).first() {
        Some(word) => format!(" (did you mean '{word}'?)"),
        None => String::new(),
    }
}

fn words(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(word)) => vec![word.clone()],
        Some(ContextValue::Strings(words)) => words.clone(),
        _ => Vec::new(),
    }
}

fn one_paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
