//! The values of the bucket as they were taken last, in a file: a replica that starts while the bucket cannot be read
//! goes on with them.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A value of the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Value {
    pub value: String,
    pub revision: u64,
}

/// By the names of their keys.
pub(super) type Values = BTreeMap<String, Value>;

/// The file of one replica.
#[derive(Debug)]
pub(crate) struct LastCopy {
    path: PathBuf,
}

impl LastCopy {
    /// In `directory`, which is made when it is missing.
    pub(crate) fn in_directory(directory: &Path, name: &str) -> Self {
        Self { path: directory.join(format!("{name}.config.json")) }
    }

    /// Nothing where there is no file yet.
    pub(super) fn read(&self) -> io::Result<Values> {
        match std::fs::read(&self.path) {
            Ok(json) => Ok(serde_json::from_slice(&json)?),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Values::new()),
            Err(error) => Err(error),
        }
    }

    /// All or nothing: a process that is killed meanwhile leaves the file as it was.
    pub(super) fn write(&self, values: &Values) -> io::Result<()> {
        let unfinished = self.path.with_extension("json.new");
        std::fs::create_dir_all(self.path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(&unfinished, serde_json::to_vec_pretty(values)?)?;
        std::fs::rename(unfinished, &self.path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
