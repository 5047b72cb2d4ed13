//! Where the cluster's files are.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::account::Account;
use crate::error::{Doing as _, Result};
use crate::state::StateDirectory;

/// For clones that the database's account cannot enter, such as those below /root.
const ELSEWHERE: &str = "/var/lib/livemart";
/// Hexadecimal digits of the clone's path in the directory's name: 48 bits tell clones apart.
const NAME_DIGITS: usize = 12;

#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// `postgres` in the state directory: the directory of the cluster, or a link to it.
    link: PathBuf,
    /// Owned by the account; the cluster is a directory in it, so that it can be replaced whole.
    home: PathBuf,
    data: PathBuf,
}

impl Place {
    pub(crate) async fn choose(state: &StateDirectory, account: Option<&Account>) -> Result<Self> {
        let link = state.path("postgres");
        let home = match account {
            Some(account) if !account.can_enter(state.root()).await? => elsewhere(state.root()),
            _ => link.clone(),
        };
        let place = Self { data: home.join("data"), home, link };
        place.create(account)?;
        Ok(place)
    }

    fn create(&self, account: Option<&Account>) -> Result<()> {
        let naming = || format!("create {}", self.home.display());
        if let Some(parent) = self.home.parent() {
            DirBuilder::new().recursive(true).mode(0o711).create(parent).doing(naming)?;
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.home).doing(naming)?;
        if let Some(account) = account {
            chown(&self.home, Some(account.uid), Some(account.gid)).doing(naming)?;
        }
        if self.home != self.link && !self.link.is_symlink() {
            symlink(&self.home, &self.link).doing(|| format!("link {}", self.link.display()))?;
        }
        Ok(())
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Removes what a state directory's `postgres` is or points to, wherever that is.
    pub(crate) fn remove(state: &StateDirectory) -> Result<()> {
        let link = state.path("postgres");
        let naming = || format!("remove {}", link.display());
        if !link.is_symlink() {
            return match fs::remove_dir_all(&link) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).doing(naming),
                _ => Ok(()),
            };
        }
        let home = fs::read_link(&link).doing(naming)?;
        // Only what we made: a link that somebody else put there is removed, its target is not.
        if home.starts_with(ELSEWHERE) && home.exists() {
            fs::remove_dir_all(&home).doing(naming)?;
        }
        fs::remove_file(&link).doing(naming)
    }
}

fn elsewhere(root: &Path) -> PathBuf {
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Path::new(ELSEWHERE).join(&name[..NAME_DIGITS])
}
