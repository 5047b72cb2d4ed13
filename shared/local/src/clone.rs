//! The clone of the repository that a command or a test is about.

use std::env;
use std::path::PathBuf;

use crate::error::{Doing as _, Error, Result};

/// A file that only the root of a clone has.
const MARK: &str = "nats/livemart.conf";

/// The clone around the working directory, which for a test is the one that cargo runs it of. Where a program was built
/// says nothing: clones that share a target directory use each other's builds.
pub fn repository() -> Result<PathBuf> {
    let here = env::current_dir().doing(|| "find the working directory".to_owned())?;
    match here.ancestors().find(|directory| directory.join(MARK).is_file()) {
        Some(root) => Ok(root.to_owned()),
        None => Err(Error::NoClone { mark: MARK, here }),
    }
}
