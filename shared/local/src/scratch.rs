//! A state directory that goes away with its owner.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use crate::error::{Doing as _, Result};
use crate::janitor::Janitor;
use crate::postgres::Place;
use crate::state::StateDirectory;

#[derive(Debug)]
pub(crate) struct Scratch {
    state: StateDirectory,
    _directory: TempDir,
    /// For what the servers still write while they are being killed, and for a process that drops nothing.
    _janitor: Janitor,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        // Others may pass through, as the database may run under another account.
        let directory = tempfile::Builder::new()
            .prefix("livemart-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .doing(|| "create a scratch directory".to_owned())?;
        let janitor = Janitor::of(directory.path())?;
        Ok(Self { state: StateDirectory::open(directory.path())?, _directory: directory, _janitor: janitor })
    }

    pub(crate) fn state(&self) -> &StateDirectory {
        &self.state
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The cluster may be elsewhere. What cannot be removed is left to the system's cleaning.
        let _ = Place::remove(&self.state);
    }
}
