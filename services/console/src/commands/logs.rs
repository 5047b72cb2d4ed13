//! `livemart logs`

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use livemart_local::logs::tail;

use crate::repository::Repository;
use crate::terminal::Terminal;

/// Between two looks at the files: a person does not notice, and a laptop neither.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(crate) struct Logs {
    /// A service (`order`), one of its replicas (`order-2`), or a server (`nats`); all by default
    service: Option<String>,
    /// Goes on with what is written from now on
    #[arg(long, short)]
    follow: bool,
    /// Lines of each log to begin with
    #[arg(long, short = 'n', default_value_t = 50)]
    lines: usize,
}

impl Logs {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let directory = repository.state().logs();
        let terminal = Terminal::of_stdout();
        let logs = find(&directory, self.service.as_deref())?;
        if logs.is_empty() {
            bail!("no log of {} in {}", self.service.as_deref().unwrap_or("anything"), directory.display());
        }
        let follower = Follower::at_the_end(directory, self.service, terminal)?;
        for (name, path) in logs {
            for line in tail(&path, self.lines).lines() {
                follower.show(&name, line)?;
            }
        }
        if self.follow {
            follower.run().await?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Shows what all processes write from now on, until it is dropped.
pub(crate) async fn follow_all(directory: &Path, terminal: Terminal) -> Result<()> {
    Follower::at_the_end(directory.to_owned(), None, terminal)?.run().await
}

/// All logs, or those of a service and of its replicas, by the name of the process.
fn find(directory: &Path, wanted: Option<&str>) -> Result<BTreeMap<String, PathBuf>> {
    let naming = || format!("read {}", directory.display());
    let mut logs = BTreeMap::new();
    for entry in fs::read_dir(directory).with_context(naming)? {
        let path = entry.with_context(naming)?.path();
        let (Some(name), true) = (path.file_stem(), path.extension().is_some_and(|extension| extension == "log"))
        else {
            continue;
        };
        let name = name.to_string_lossy().into_owned();
        if wanted.is_none_or(|wanted| is_of(&name, wanted)) && name != SUPERVISOR {
            logs.insert(name, path);
        }
    }
    Ok(logs)
}

/// What `up --detach` itself says is no process's log.
const SUPERVISOR: &str = "up";

fn is_of(name: &str, wanted: &str) -> bool {
    name == wanted || name.rsplit_once('-').is_some_and(|(service, _)| service == wanted)
}

struct Follower {
    directory: PathBuf,
    wanted: Option<String>,
    terminal: Terminal,
    positions: BTreeMap<String, u64>,
}

impl Follower {
    fn at_the_end(directory: PathBuf, wanted: Option<String>, terminal: Terminal) -> Result<Self> {
        let positions = find(&directory, wanted.as_deref())?
            .into_iter()
            .map(|(name, path)| (name, fs::metadata(path).map_or(0, |metadata| metadata.len())))
            .collect();
        Ok(Self { directory, wanted, terminal, positions })
    }

    async fn run(mut self) -> Result<()> {
        let mut looks = tokio::time::interval(BETWEEN_LOOKS);
        loop {
            looks.tick().await;
            for (name, path) in find(&self.directory, self.wanted.as_deref())? {
                for line in self.new_lines(&name, &path)? {
                    self.show(&name, &line)?;
                }
            }
        }
    }

    /// Whole lines only; the beginning of one is left for the next look.
    fn new_lines(&mut self, name: &str, path: &Path) -> Result<Vec<String>> {
        let position = self.positions.entry(name.to_owned()).or_default();
        let mut file = File::open(path).with_context(|| format!("read {}", path.display()))?;
        if file.metadata()?.len() < *position {
            // It was shortened because it had grown too large.
            *position = 0;
        }
        file.seek(SeekFrom::Start(*position))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        *position += u64::try_from(whole)?;
        Ok(String::from_utf8_lossy(&bytes[..whole]).lines().map(str::to_owned).collect())
    }

    fn show(&self, name: &str, line: &str) -> Result<()> {
        // The same colour for a process in every run, without a table of them.
        let colour = name.bytes().map(usize::from).sum();
        let prefix = self.terminal.coloured(colour, &format!("{name:<11}|"));
        writeln!(stdout(), "{prefix} {line}").context("write to the terminal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_means_all_its_replicas() {
        assert!(is_of("order-2", "order"));
        assert!(is_of("order-2", "order-2"));
        assert!(!is_of("order-2", "order-1"));
        assert!(!is_of("payment-1", "order"));
    }

    #[test]
    fn only_whole_new_lines_are_shown_and_a_shortened_log_is_begun_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("order-1.log");
        fs::write(&path, "old\n").unwrap();
        let mut follower = Follower::at_the_end(directory.path().to_owned(), None, Terminal::of_stdout()).unwrap();
        fs::write(&path, "old\nnew\nhal").unwrap();
        assert_eq!(follower.new_lines("order-1", &path).unwrap(), ["new"]);
        fs::write(&path, "old\nnew\nhalf\n").unwrap();
        assert_eq!(follower.new_lines("order-1", &path).unwrap(), ["half"]);
        fs::write(&path, "a\n").unwrap();
        assert_eq!(follower.new_lines("order-1", &path).unwrap(), ["a"]);
    }
}
