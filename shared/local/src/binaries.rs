//! Finding the programs of the servers, and refusing those that are too old to be correct.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

/// A server that the shop needs, and why older ones will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// 2.12 brought atomic batches, without which every event costs an fsync of its own.
    Nats,
    /// 15 is what the migrations are written for.
    Postgres,
    /// 7 is the oldest that is still maintained.
    Redis,
}

impl Server {
    pub const ALL: [Self; 3] = [Self::Nats, Self::Postgres, Self::Redis];

    pub fn name(self) -> &'static str {
        match self {
            Self::Nats => "nats-server",
            Self::Postgres => "postgres",
            Self::Redis => "redis-server",
        }
    }

    fn minimum(self) -> Version {
        match self {
            Self::Nats => Version(2, 12),
            Self::Postgres => Version(15, 0),
            Self::Redis => Version(7, 0),
        }
    }

    fn minimum_text(self) -> &'static str {
        match self {
            Self::Nats => "2.12",
            Self::Postgres => "15",
            Self::Redis => "7",
        }
    }

    /// The first usable one: from PATH, then from where packages and `tools` have it.
    pub fn find(self, tools: &Path) -> Result<PathBuf> {
        let mut refused = Vec::new();
        for candidate in self.candidates(tools) {
            match version_of(&candidate) {
                Some(version) if version >= self.minimum() && self.is_complete(&candidate) => {
                    return Ok(candidate);
                }
                Some(version) => refused.push(format!("{} is {version}", candidate.display())),
                None => {}
            }
        }
        Err(self.missing(&refused, "run `./justw up` or `livemart install`, which install it"))
    }

    pub(crate) fn missing(self, refused: &[String], remedy: &str) -> Error {
        Error::MissingServer {
            server: self.name(),
            minimum: self.minimum_text(),
            found: if refused.is_empty() { "none found".to_owned() } else { refused.join(", ") },
            remedy: remedy.to_owned(),
        }
    }

    /// Postgres packages put `initdb` beside the server; links of single programs do not count.
    fn is_complete(self, candidate: &Path) -> bool {
        self != Self::Postgres || candidate.with_file_name("initdb").is_file()
    }

    fn candidates(self, tools: &Path) -> Vec<PathBuf> {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut directories: Vec<PathBuf> = env::split_paths(&path).collect();
        match self {
            Self::Nats => directories.push(tools.join("nats-server/bin")),
            Self::Postgres => directories.extend(packaged_postgres()),
            Self::Redis => {}
        }
        directories.extend(HOMEBREW.map(PathBuf::from));
        let mut found: Vec<PathBuf> = Vec::new();
        for directory in directories {
            let candidate = directory.join(self.name());
            // Beside the target of a link is where Postgres' companions are. Redis must keep its
            // link: by the name it is called with, that one program decides what it is.
            let candidate = match self {
                Self::Postgres => candidate.canonicalize(),
                Self::Nats | Self::Redis => std::path::absolute(candidate),
            };
            match candidate {
                Ok(candidate) if candidate.is_file() && !found.contains(&candidate) => {
                    found.push(candidate);
                }
                _ => {}
            }
        }
        found
    }
}

/// Homebrew's directories, on Apple and Intel processors; not every shell has them in PATH.
pub(crate) const HOMEBREW: [&str; 2] = ["/opt/homebrew/bin", "/usr/local/bin"];

/// Where packages put several versions side by side: (parent, directory below each version).
const POSTGRES_PLACES: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
    ("/opt/local/lib", "bin"),
];

/// Newest first. A version's directory is `17`, `pgsql-17`, `postgresql@17` or `postgresql17`.
fn packaged_postgres() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, below) in POSTGRES_PLACES {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let number = name.trim_start_matches("postgresql").trim_start_matches("pgsql-").trim_start_matches('@');
            if let Ok(number) = number.parse() {
                found.push((number, entry.path().join(below)));
            }
        }
    }
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, path)| path).collect()
}

/// The programs of all servers.
#[derive(Clone, Debug)]
pub struct Binaries {
    pub nats_server: PathBuf,
    pub postgres: PathBuf,
    pub redis_server: PathBuf,
}

impl Binaries {
    /// `tools` is where [`install`](crate::install) puts what no package provides.
    pub fn find(tools: &Path) -> Result<Self> {
        Ok(Self {
            nats_server: Server::Nats.find(tools)?,
            postgres: Server::Postgres.find(tools)?,
            redis_server: Server::Redis.find(tools)?,
        })
    }

    /// Beside the server, in every package.
    pub(crate) fn initdb(&self) -> PathBuf {
        self.postgres.with_file_name("initdb")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

pub(crate) fn version_of(program: &Path) -> Option<Version> {
    let output = Command::new(program).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The first number with a dot in it, as all three print something else before it.
fn parse_version(text: &str) -> Option<Version> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let mut parts = word.split('.');
        Some(Version(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_the_servers_print() {
        for (text, version) in [
            ("nats-server: v2.15.1", Version(2, 15)),
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", Version(15, 18)),
            ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", Version(7, 0)),
        ] {
            assert_eq!(parse_version(text), Some(version), "{text}");
        }
    }

    #[test]
    fn what_is_too_old_is_named_with_what_to_do() {
        let refused = vec!["/usr/bin/nats-server is 2.9".to_owned()];
        let text = Server::Nats.missing(&refused, "install it").to_string();
        assert_eq!(text, "nats-server 2.12 or newer is needed (/usr/bin/nats-server is 2.9); install it");
    }
}
