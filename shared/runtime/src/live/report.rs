//! What a replica says of its configuration, and what it can be asked about it.

use serde::{Deserialize, Serialize};

/// Every replica of `service` answers what is sent there with its [`Report`].
pub fn report_subject(service: &str) -> String {
    format!("config.report.{service}")
}

/// Every replica of `service` answers a [`ToJudge`] that is sent there with [`Judged`].
pub fn judge_subject(service: &str) -> String {
    format!("config.judge.{service}")
}

/// The configuration that one replica runs with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub service: String,
    pub instance: String,
    /// Of the newest change in the bucket that this replica took; 0 when there was none.
    pub revision: u64,
    pub keys: Vec<KeyReport>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyReport {
    /// As in the bucket: `<service>.<name>`.
    pub key: String,
    /// Whether it can be changed in the bucket; else it takes another start.
    pub live: bool,
    /// Its bounds or its choices, and its unit.
    pub kind: String,
    pub default: Option<String>,
    /// Its environment variable.
    pub variable: String,
    pub help: String,
    /// Of a secret, nothing.
    pub value: Option<String>,
    pub source: Source,
    /// Of the bucket, where the value or its absence comes from there.
    pub revision: Option<u64>,
    /// What stands in the bucket instead, where this replica does not take it.
    pub refused: Option<Refused>,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    Bucket,
    CommandLine,
    Environment,
    Default,
    Unset,
}

impl Source {
    /// As it is serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::CommandLine => "command-line",
            Self::Environment => "environment",
            Self::Default => "default",
            Self::Unset => "unset",
        }
    }
}

/// A value that was put into the bucket and is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Of a key that may change while the service runs; any other may be a secret.
    pub value: Option<String>,
    pub revision: u64,
    pub reason: String,
}

/// A value that somebody wants to put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToJudge {
    /// Without the service's name.
    pub name: String,
    pub value: String,
}

/// Whether a replica would take a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub instance: String,
    /// Why not.
    pub refused: Option<String>,
}
