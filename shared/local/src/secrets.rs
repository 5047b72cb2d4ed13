//! Passwords of a local shop: made once, kept in `secrets.json` (0600), never asked for.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Doing as _, Result};
use crate::services::{database_users, nats_users};
use crate::state::{StateDirectory, read_json, write_json};

/// 128 bits: more than anybody can guess over a network.
const SECRET_BYTES: usize = 16;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    /// Of the superuser role `livemart`.
    pub postgres: String,
    /// By service: its login role's.
    pub database: BTreeMap<String, String>,
    /// By user.
    pub nats: BTreeMap<String, String>,
    /// Of the servers of a NATS cluster among themselves.
    pub nats_route: String,
    pub redis: String,
    pub demo_admin: String,
    pub demo_customer: String,
}

impl Secrets {
    /// New ones, for a shop that keeps nothing.
    pub fn generate() -> Result<Self> {
        let mut secrets = Self::default();
        secrets.complete()?;
        Ok(secrets)
    }

    /// The kept ones; what is missing (a service that is new) is made and kept.
    pub fn keep_in(state: &StateDirectory) -> Result<Self> {
        Self::keep_at(&state.secrets())
    }

    /// As [`keep_in`](Self::keep_in), in a file of its own.
    pub fn keep_at(path: &Path) -> Result<Self> {
        let mut secrets: Self = read_json(path)?.unwrap_or_default();
        if secrets.complete()? {
            write_json(path, &secrets)?;
        }
        Ok(secrets)
    }

    /// None when no shop was ever started here.
    pub fn read(state: &StateDirectory) -> Result<Option<Self>> {
        read_json(&state.secrets())
    }

    /// Whether anything had to be made.
    fn complete(&mut self) -> Result<bool> {
        for user in database_users() {
            self.database.entry(user.to_owned()).or_default();
        }
        for user in nats_users() {
            self.nats.entry(user.to_owned()).or_default();
        }
        let single =
            [&mut self.postgres, &mut self.nats_route, &mut self.redis, &mut self.demo_admin, &mut self.demo_customer];
        let mut made = false;
        for secret in single.into_iter().chain(self.database.values_mut()).chain(self.nats.values_mut()) {
            if secret.is_empty() {
                *secret = random_secret()?;
                made = true;
            }
        }
        Ok(made)
    }
}

/// Begins with a letter: the configuration language of NATS would take digits for a number. Only
/// hexadecimal after it, so that it needs no escaping in any URL, shell or configuration.
fn random_secret() -> Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from).doing(|| "make a password".to_owned())?;
    let hexadecimal: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("s{hexadecimal}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_stay_the_same_and_are_the_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        let first = Secrets::keep_in(&state).unwrap();
        let second = Secrets::keep_in(&state).unwrap();
        assert_eq!(first.postgres, second.postgres);
        let mode = std::fs::metadata(state.secrets()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn every_user_of_nats_gets_a_password_that_begins_with_a_letter() {
        let secrets = Secrets::generate().unwrap();
        for user in nats_users() {
            assert!(secrets.nats[user].starts_with('s'), "{user}");
        }
    }
}
