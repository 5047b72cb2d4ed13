//! Configuration that changes while a service runs.
//!
//! A service puts the keys that may change into a struct of their own, and that struct into a [`Live`] of its `Config`;
//! it reads them where it uses them, never earlier. A key is what `clap` knows of it: name, variable, default, bounds, help.
//!
//! The value of a key comes from the KV bucket `config` (`<service>.<key>`), else from the command line, the environment, the
//! default. The bucket announces a change to `config.changed.<service>.<key>`, and the service reads the key again. Hints can be
//! lost, so all keys are also read after each reconnect and every so often ([`follow`]). A value is read by the parser that
//! reads the environment; a bad one is refused with its reason, and the one before it stays ([`configuration`]). What was taken
//! is kept in a file ([`copy`]), for a start at which the bucket cannot be read. Each replica tells the operator what it runs
//! with, and judges values before they are put ([`answer`]).

pub(crate) mod answer;
mod bounds;
pub(crate) mod configuration;
mod copy;
mod follow;
pub(crate) mod key;
mod metrics;
mod report;

use std::sync::Arc;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use tokio::sync::watch;

pub use bounds::{Between, between};
pub(crate) use configuration::Configuration;
pub(crate) use copy::LastCopy;
pub use report::{Judged, KeyReport, Refused, Report, Source, ToJudge, judge_subject, report_subject};

/// The settings of a service that may change while it runs. Clones see the same.
#[derive(Debug)]
pub struct Live<S> {
    current: Arc<watch::Sender<Arc<S>>>,
}

impl<S> Clone for Live<S> {
    fn clone(&self) -> Self {
        Self { current: Arc::clone(&self.current) }
    }
}

impl<S> Live<S> {
    /// What holds at this moment. Not to be kept: the next moment may be another.
    pub fn get(&self) -> Arc<S> {
        Arc::clone(&self.current.borrow())
    }

    /// For who has to act on a change; that it changed does not say in which key.
    pub fn changes(&self) -> watch::Receiver<Arc<S>> {
        self.current.subscribe()
    }
}

impl<S> From<S> for Live<S> {
    fn from(settings: S) -> Self {
        Self { current: Arc::new(watch::Sender::new(Arc::new(settings))) }
    }
}

impl<S: Args> FromArgMatches for Live<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        S::from_arg_matches(matches).map(Self::from)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.current.send_replace(Arc::new(S::from_arg_matches(matches)?));
        Ok(())
    }
}

impl<S: Args> Args for Live<S> {
    fn group_id() -> Option<clap::Id> {
        S::group_id()
    }

    fn augment_args(command: Command) -> Command {
        S::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        S::augment_args_for_update(command)
    }
}

/// A [`Live`] of any settings.
pub(crate) trait Settings: Send + Sync {
    /// `command` with the keys of these settings.
    fn keys_of(&self, command: Command) -> Command;

    /// Reads new settings; they hold when the answer is called.
    fn prepare(&self, matches: &ArgMatches) -> Result<Box<dyn FnOnce() + Send>, clap::Error>;
}

impl<S: Args + Send + Sync + 'static> Settings for Live<S> {
    fn keys_of(&self, command: Command) -> Command {
        S::augment_args(command)
    }

    fn prepare(&self, matches: &ArgMatches) -> Result<Box<dyn FnOnce() + Send>, clap::Error> {
        let (current, settings) = (Arc::clone(&self.current), Arc::new(S::from_arg_matches(matches)?));
        Ok(Box::new(move || drop(current.send_replace(settings))))
    }
}
