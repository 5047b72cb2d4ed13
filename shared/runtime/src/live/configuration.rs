//! The keys of one replica, with the values that it took from the bucket.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::{ArgMatches, Command};

use super::Settings;
use super::copy::{LastCopy, Value, Values};
use super::key::Key;
use super::metrics::{REFUSALS, REFUSED, REVISION};
use super::report::{KeyReport, Refused, Report, Source};
use crate::nats::Entry;

/// Shared by who follows the bucket and who tells of it.
pub(crate) struct Configuration {
    pub(super) service: &'static str,
    pub(super) instance: String,
    keys: Vec<Key>,
    settings: Vec<Arc<dyn Settings>>,
    /// What the service itself writes there for others, such as the keys of access tokens.
    written: Vec<&'static str>,
    /// Reads the keys that may change.
    command: Command,
    copy: Option<LastCopy>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: BTreeMap<String, Taken>,
    refused: BTreeMap<String, Refused>,
    /// Revisions older than what was taken, each seen once.
    doubted: BTreeMap<String, u64>,
}

/// What the bucket says of a key: a value, or since when there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    value: Option<String>,
    revision: u64,
}

impl Configuration {
    pub(crate) fn new(
        service: &'static str,
        instance: String,
        keys: Vec<Key>,
        settings: Vec<Arc<dyn Settings>>,
        written: Vec<&'static str>,
        copy: Option<LastCopy>,
    ) -> Arc<Self> {
        let command = Command::new(service).no_binary_name(true).disable_help_flag(true);
        let mut command = settings.iter().fold(command, |command, settings| settings.keys_of(command));
        command.build();
        let is_live = |key: &Key| command.get_arguments().any(|argument| *argument.get_id() == *key.name);
        assert!(
            !keys.iter().any(|key| key.secret && is_live(key)),
            "a secret of {service} could be read by its bucket's readers"
        );
        let state = State::default();
        state.measure();
        Arc::new(Self { service, instance, keys, settings, written, command, copy, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_live(&self, name: &str) -> bool {
        self.command.get_arguments().any(|argument| argument.get_id() == name)
    }

    pub(super) fn is_not_a_setting(&self, name: &str) -> bool {
        self.written.iter().any(|key| key.split_once('.') == Some((self.service, name)))
    }

    /// The names of the keys that may change.
    pub(crate) fn live_names(&self) -> Vec<String> {
        let names = self.keys.iter().filter(|key| self.is_live(&key.name));
        names.map(|key| key.name.clone()).collect()
    }

    /// Takes the values that were taken last, before the bucket is asked.
    pub(crate) fn recall(&self) {
        let Some(copy) = &self.copy else { return };
        let path = copy.path().display();
        let values = match copy.read() {
            Ok(values) => values,
            Err(error) => return tracing::warn!(%path, %error, "the copy of the configuration cannot be read"),
        };
        let mut state = self.state();
        for (name, Value { value, revision }) in values {
            // A key or a bound that another version had is no reason not to start.
            match self.try_with(&state, &name, Some(&value)) {
                Ok(swap) => {
                    swap();
                    state.taken.insert(name, Taken { value: Some(value), revision });
                }
                Err(reason) => tracing::warn!(key = name, reason, "a value of the copy is not taken"),
            }
        }
        state.measure();
    }

    /// Takes in what the bucket has under `name`, and answers its revision.
    pub(super) fn take(&self, name: &str, entry: Entry) {
        let mut state = self.state();
        let known = state.known(name);
        if entry.revision == known {
            state.doubted.remove(name);
            return;
        }
        // A server of a cluster may be behind. A bucket that was made anew begins to count anew, and says the same next time.
        if entry.revision < known && state.doubted.insert(name.to_owned(), entry.revision) != Some(entry.revision) {
            return;
        }
        state.doubted.remove(name);
        let revision = entry.revision;
        let value = entry.value.map(|value| String::from_utf8_lossy(&value).into_owned());
        if value.is_none() && !self.is_live(name) {
            // Whoever put it there by mistake took it away.
            state.refused.remove(name);
            state.measure();
            return;
        }
        match self.try_with(&state, name, value.as_deref()) {
            Ok(swap) => {
                swap();
                tracing::info!(
                    key = name,
                    value = value.as_deref().unwrap_or("-"),
                    revision,
                    "the configuration changed"
                );
                state.refused.remove(name);
                state.taken.insert(name.to_owned(), Taken { value, revision });
                self.keep(&state);
            }
            Err(reason) => {
                REFUSALS.inc();
                // What is no key that may change is perhaps a secret that somebody put into the wrong place.
                let value = value.filter(|_| self.is_live(name));
                tracing::warn!(
                    key = name,
                    value = value.as_deref().unwrap_or("-"),
                    revision,
                    reason,
                    "a value of the configuration is refused"
                );
                state.refused.insert(name.to_owned(), Refused { value, revision, reason });
            }
        }
        state.measure();
    }

    /// Why `value` would be refused under `name`.
    pub(super) fn judge(&self, name: &str, value: &str) -> Result<(), String> {
        self.try_with(&self.state(), name, Some(value)).map(drop)
    }

    /// The settings with another value, not in force before the answer is called.
    fn try_with(&self, state: &State, name: &str, value: Option<&str>) -> Result<impl FnOnce() + use<>, String> {
        let Some(key) = self.keys.iter().find(|key| key.name == name) else {
            return Err(format!("{} has no key of this name", self.service));
        };
        if !self.is_live(name) {
            return Err(format!("it takes another start with {}", key.variable));
        }
        let matches = self.matches(state, name, value)?;
        let prepared: Result<Vec<_>, _> = self.settings.iter().map(|settings| settings.prepare(&matches)).collect();
        let prepared = prepared.map_err(|error| reason(&error))?;
        Ok(move || prepared.into_iter().for_each(|swap| swap()))
    }

    /// The bucket over the command line; `clap` puts both over environment and defaults.
    fn matches(&self, state: &State, name: &str, value: Option<&str>) -> Result<ArgMatches, String> {
        let mut told: BTreeMap<&str, &str> = BTreeMap::new();
        for key in self.keys.iter().filter(|key| key.source == Source::CommandLine && self.is_live(&key.name)) {
            told.extend(key.value.as_deref().map(|value| (key.name.as_str(), value)));
        }
        for (name, taken) in &state.taken {
            told.extend(taken.value.as_deref().map(|value| (name.as_str(), value)));
        }
        match value {
            Some(value) => drop(told.insert(name, value)),
            None => {
                let at_start = self.keys.iter().find(|key| key.name == name && key.source == Source::CommandLine);
                told.remove(name);
                told.extend(at_start.and_then(|key| key.value.as_deref()).map(|value| (name, value)));
            }
        }
        let arguments = self.command.get_arguments().filter_map(|argument| {
            let value = told.get(argument.get_id().as_str())?;
            Some(OsString::from(format!("--{}={value}", argument.get_long()?)))
        });
        self.command.clone().try_get_matches_from(arguments).map_err(|error| reason(&error))
    }

    fn keep(&self, state: &State) {
        let Some(copy) = &self.copy else { return };
        let values: Values = state
            .taken
            .iter()
            .filter_map(|(name, taken)| {
                Some((name.clone(), Value { value: taken.value.clone()?, revision: taken.revision }))
            })
            .collect();
        // A few hundred bytes, when somebody changed something.
        if let Err(error) = copy.write(&values) {
            tracing::warn!(path = %copy.path().display(), %error, "the configuration cannot be kept for the next start");
        }
    }

    /// Of the newest change that was taken.
    pub(crate) fn revision(&self) -> u64 {
        self.state().revision()
    }

    /// How many values are refused.
    pub(crate) fn refused(&self) -> usize {
        self.state().refused.len()
    }

    pub(super) fn report(&self) -> Report {
        let state = self.state();
        let key = |key: &Key| {
            let taken = state.taken.get(&key.name);
            let (value, source) = match taken.and_then(|taken| taken.value.clone()) {
                Some(value) => (Some(value), Source::Bucket),
                None => (key.value.clone(), key.source),
            };
            KeyReport {
                key: format!("{}.{}", self.service, key.name),
                live: self.is_live(&key.name),
                kind: if key.secret { "secret".to_owned() } else { key.kind.clone() },
                default: key.default.clone(),
                variable: key.variable.clone(),
                help: key.help.clone(),
                value,
                source,
                revision: taken.map(|taken| taken.revision),
                refused: state.refused.get(&key.name).cloned(),
            }
        };
        let strangers = state.refused.iter().filter(|(name, _)| !self.keys.iter().any(|key| key.name == **name));
        let stranger = |(name, refused): (&String, &Refused)| KeyReport {
            key: format!("{}.{name}", self.service),
            live: false,
            kind: "unknown".to_owned(),
            default: None,
            variable: String::new(),
            help: String::new(),
            value: None,
            source: Source::Unset,
            revision: None,
            refused: Some(refused.clone()),
        };
        Report {
            service: self.service.to_owned(),
            instance: self.instance.clone(),
            revision: state.revision(),
            keys: self.keys.iter().map(key).chain(strangers.map(stranger)).collect(),
        }
    }
}

impl State {
    /// Of what was last decided about a key, whether it was taken or refused.
    fn known(&self, name: &str) -> u64 {
        let taken = self.taken.get(name).map_or(0, |taken| taken.revision);
        self.refused.get(name).map_or(taken, |refused| refused.revision)
    }

    fn revision(&self) -> u64 {
        self.taken.values().map(|taken| taken.revision).max().unwrap_or_default()
    }

    fn measure(&self) {
        REFUSED.set(i64::try_from(self.refused.len()).unwrap_or(i64::MAX));
        REVISION.set(i64::try_from(self.revision()).unwrap_or(i64::MAX));
    }
}

/// One line for a person, of what `clap` would print on several.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests;
