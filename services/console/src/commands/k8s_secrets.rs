//! `livemart k8s-secrets`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use livemart_local::{AUDITOR, DEMO_ADMIN, OPERATOR, SANDBOX, SERVICES, Secrets, password_variable, write_private};

use super::migrate::database_password_variable;
use crate::repository::Repository;
use crate::terminal::say;

/// Where the overlay reads them. Git ignores it.
const DIRECTORY: &str = "k8s/overlays/local/secrets";
/// All of them, from which the overlay's files are made.
const KEPT: &str = "secrets.json";
/// The user of the servers of a NATS cluster among themselves.
const ROUTE: &str = "route";

/// Passwords are made once and kept, so that running it again changes nothing; a service that is new gets its own.
#[derive(Args)]
pub(crate) struct K8sSecrets {
    /// Where to; by default where the overlay of this clone reads them
    #[arg(long)]
    directory: Option<PathBuf>,
}

impl K8sSecrets {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let directory = match self.directory {
            Some(directory) => directory,
            None => Repository::find()?.root().join(DIRECTORY),
        };
        // Not those of the shop on this machine: who may read one is not thereby to read the other.
        std::fs::create_dir_all(&directory).with_context(|| format!("create {}", directory.display()))?;
        let secrets = Secrets::keep_at(&directory.join(KEPT))?;
        for (name, content) in files(&secrets) {
            let lines: String = content.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
            write_private(&directory.join(format!("{name}.env")), lines.as_bytes())?;
        }
        say!("{} holds the secrets of k8s/overlays/local", directory.display());
        Ok(ExitCode::SUCCESS)
    }
}

type Content = BTreeMap<String, String>;

/// One secret for each that needs one, with what it needs and nothing else.
fn files(secrets: &Secrets) -> BTreeMap<String, Content> {
    let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut nats: Content = secrets.nats.iter().map(|(user, it)| (password_variable(user), it.clone())).collect();
    nats.insert(password_variable(ROUTE), secrets.nats_route.clone());
    let mut operator: Content =
        secrets.database.iter().map(|(user, it)| (database_password_variable(user), it.clone())).collect();
    operator.extend([entry("LIVEMART_NATS_PASSWORD", &secrets.nats[OPERATOR])]);

    let mut files = BTreeMap::from([
        ("nats-access".to_owned(), nats),
        (
            "postgres-access".to_owned(),
            Content::from([entry("username", "livemart"), entry("password", &secrets.postgres)]),
        ),
        ("redis-access".to_owned(), Content::from([entry("password", &secrets.redis)])),
        ("operator-access".to_owned(), operator),
        (
            "auditor-access".to_owned(),
            Content::from([
                entry("nats-password", &secrets.nats[AUDITOR]),
                entry("database-password", &secrets.database[AUDITOR]),
            ]),
        ),
    ]);
    for service in SERVICES {
        let mut own = Content::from([entry("nats-password", &secrets.nats[service.name])]);
        if service.database {
            own.extend([entry("database-password", &secrets.database[service.name])]);
        }
        match service.name {
            "user" => {
                own.extend([entry("admin-email", DEMO_ADMIN), entry("admin-password", &secrets.demo_admin)]);
            }
            "payment" => own.extend([entry("sandbox-password", &secrets.database[SANDBOX])]),
            _ => {}
        }
        files.insert(format!("{}-access", service.name), own);
    }
    files
}
