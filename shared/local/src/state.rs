//! The directory that holds everything a local shop keeps: data, secrets, ports, logs, tools.

use std::fs::{self, DirBuilder};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Doing as _, Error, Result};
use crate::postgres::Place;

/// `.livemart/` of a clone, or the scratch directory of a test.
#[derive(Clone, Debug)]
pub struct StateDirectory {
    root: PathBuf,
}

impl StateDirectory {
    /// Creates the directory where it is missing. Others may pass through it (the database server
    /// may run as another user) but not list it; what is secret has its own 0600.
    pub fn open(root: &Path) -> Result<Self> {
        let naming = || format!("create {}", root.display());
        DirBuilder::new().recursive(true).mode(0o711).create(root).doing(naming)?;
        let root = root.canonicalize().doing(naming)?;
        let state = Self { root };
        fs::create_dir_all(state.logs()).doing(naming)?;
        Ok(state)
    }

    /// Removes everything but the downloaded tools. The processes must be stopped.
    pub fn remove_data(&self) -> Result<()> {
        Place::remove(self)?;
        let naming = || format!("empty {}", self.root.display());
        for entry in fs::read_dir(&self.root).doing(naming)? {
            let path = entry.doing(naming)?.path();
            if path == self.tools() {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.doing(|| format!("remove {}", path.display()))?;
        }
        Ok(())
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Private virtual environments of downloaded tools.
    pub fn tools(&self) -> PathBuf {
        self.root.join("tools")
    }

    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    pub fn ports(&self) -> PathBuf {
        self.root.join("ports.json")
    }

    pub fn processes(&self) -> PathBuf {
        self.root.join("processes.json")
    }
}

/// None when the file does not exist.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::state(path, source)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).doing(|| format!("read {}", path.display())),
    }
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|source| Error::state(path, source))?;
    text.push(b'\n');
    write_private(path, &text)
}

/// Readers see the old content or the new, never half of one; only the owner sees either.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    let naming = || format!("write {}", path.display());
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file =
        tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o600)).tempfile_in(directory).doing(naming)?;
    file.write_all(content).doing(naming)?;
    file.persist(path).doing(naming)?;
    Ok(())
}
