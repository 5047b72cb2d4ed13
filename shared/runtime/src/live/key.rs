//! What is known of a key, for whoever looks at it or wants to change it.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::report::Source;

/// One key of a service's configuration, and what the service was started with.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Its name in the bucket, after that of the service.
    pub name: String,
    pub variable: String,
    pub default: Option<String>,
    /// Its bounds or its choices, and its unit.
    pub kind: String,
    pub help: String,
    /// Nobody is told its value.
    pub secret: bool,
    /// At start, without the bucket.
    pub value: Option<String>,
    pub source: Source,
}

impl Key {
    fn of(argument: &Arg, matches: &ArgMatches) -> Option<Self> {
        let variable = argument.get_env()?.to_string_lossy().into_owned();
        let name = argument.get_id().as_str();
        let value = text(matches.get_raw(name).into_iter().flatten());
        let source = match matches.value_source(name) {
            Some(ValueSource::CommandLine) => Source::CommandLine,
            Some(ValueSource::EnvVariable) => Source::Environment,
            Some(_) => Source::Default,
            None => Source::Unset,
        };
        let secret = argument.is_hide_env_values_set();
        Some(Self {
            // What stands in the code is no secret.
            default: text(argument.get_default_values().iter().map(|value| &**value)),
            kind: kind(argument),
            help: argument.get_help().map(ToString::to_string).unwrap_or_default(),
            value: value.filter(|_| !secret),
            name: name.to_owned(),
            variable,
            secret,
            source,
        })
    }
}

/// All keys of `command`, with what `matches` says of them.
pub(crate) fn keys(command: &Command, matches: &ArgMatches) -> Vec<Key> {
    command.get_arguments().filter_map(|argument| Key::of(argument, matches)).collect()
}

fn text<'a>(values: impl Iterator<Item = &'a std::ffi::OsStr>) -> Option<String> {
    let values: Vec<_> = values.map(std::ffi::OsStr::to_string_lossy).collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn kind(argument: &Arg) -> String {
    let choices: Vec<String> =
        argument.get_possible_values().iter().map(|choice| choice.get_name().to_owned()).collect();
    // Where nobody chose one, the name of a value is that of its key.
    let own = argument.get_id().as_str().to_uppercase();
    let unit = argument.get_value_names().and_then(|names| names.first()).map(|name| name.as_str());
    let unit = unit.filter(|unit| *unit != own && argument.get_action().takes_values()).map(str::to_lowercase);
    match (choices.is_empty(), unit) {
        (true, None) => "text".to_owned(),
        (true, Some(unit)) => unit,
        (false, None) => choices.join("|"),
        (false, Some(unit)) => format!("{unit} {}", choices.join("|")),
    }
}
