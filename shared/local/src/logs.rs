//! Log files. A process writes to its file by its own descriptor, so that nothing of ours needs to
//! be alive for it to go on; the price is that we bound the file from outside.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::{Doing as _, Result};

/// Bytes a log may grow to. With the copy kept of it, a process takes twice this at most.
pub const LOG_LIMIT: u64 = 16 * 1024 * 1024;
/// Bytes read from the end of a log to show why something failed.
const TAIL_BYTES: u64 = 16 * 1024;

/// Opens a log for writing at its end; it is made where there is none.
pub fn append(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).doing(|| format!("open {}", path.display()))
}

/// Copies a log that has outgrown the limit to `<name>.log.1` and empties it. Its writers append, so
/// they go on at the new beginning; lines written between copy and truncation are lost.
pub(crate) fn bound(path: &Path, limit: u64) -> Result<()> {
    let size = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(_) => return Ok(()),
    };
    if size <= limit {
        return Ok(());
    }
    let naming = || format!("shorten {}", path.display());
    fs::copy(path, previous(path)).doing(naming)?;
    let file = OpenOptions::new().write(true).open(path).doing(naming)?;
    file.set_len(0).doing(naming)
}

fn previous(path: &Path) -> PathBuf {
    path.with_extension("log.1")
}

/// The last lines of a log; empty when there is none.
pub fn tail(path: &Path, lines: usize) -> String {
    let Ok(mut file) = File::open(path) else {
        return String::new();
    };
    let size = file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
    let mut bytes = Vec::new();
    if file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES))).and_then(|_| file.read_to_end(&mut bytes)).is_err() {
        return String::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_log_that_outgrows_its_limit_is_copied_and_emptied_while_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("order.log");
        let mut writer = append(&path).unwrap();
        writer.write_all(b"first\n").unwrap();
        bound(&path, 3).unwrap();
        writer.write_all(b"second\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second\n");
        assert_eq!(fs::read_to_string(directory.path().join("order.log.1")).unwrap(), "first\n");
    }

    #[test]
    fn the_tail_is_the_last_lines() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.log");
        fs::write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(tail(&path, 2), "b\nc");
        assert_eq!(tail(&directory.path().join("none.log"), 2), "");
    }
}
