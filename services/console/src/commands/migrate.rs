//! `livemart migrate`

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use livemart_local::database_users;
use tokio::time::Instant;

use crate::repository::Repository;
use crate::terminal::say;

/// How long somebody else's migration is waited for; whoever waits in a pod is started again after that.
const WAIT_LIMIT: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Without `--database-url`: the database of this clone's shop. With it, the password of each
/// service's login role comes from `LIVEMART_DATABASE_<SERVICE>_PASSWORD`.
#[derive(Args)]
pub(crate) struct Migrate {
    /// As the role that owns the database
    #[arg(long, env = "LIVEMART_ADMIN_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,

    /// Migrates nothing: waits until somebody else has, for this service
    #[arg(long, value_name = "SERVICE", requires = "service_database_url")]
    wait_for: Option<String>,

    /// With --wait-for: the database, as the service's own role
    #[arg(long, env = "LIVEMART_DATABASE_URL", hide_env_values = true)]
    service_database_url: Option<String>,
}

impl Migrate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        if let (Some(service), Some(url)) = (&self.wait_for, &self.service_database_url) {
            return wait(service, url).await;
        }
        let (url, passwords) = match self.database_url {
            Some(url) => (url, passwords_from_environment()?),
            None => {
                let addresses = Repository::find()?.addresses()?;
                (addresses.admin_database_url(), addresses.secrets.database)
            }
        };
        livemart_migrations::migrate(&url, &passwords).await?;
        say!("the database is up to date");
        Ok(ExitCode::SUCCESS)
    }
}

async fn wait(service: &str, url: &str) -> Result<ExitCode> {
    if !livemart_migrations::services().any(|known| known == service) {
        bail!("{service} has no schema");
    }
    let until = Instant::now() + WAIT_LIMIT;
    loop {
        let why = match livemart_migrations::missing(url, service).await {
            Ok(missing) if missing.is_empty() => {
                say!("the schema of {service} is up to date");
                return Ok(ExitCode::SUCCESS);
            }
            Ok(missing) => format!("{} missing", missing.join(", ")),
            // Before the first migration there is neither a schema nor a role.
            Err(error) => format!("{error:#}"),
        };
        if Instant::now() >= until {
            bail!("the schema of {service} is not up to date after {} s: {why}", WAIT_LIMIT.as_secs());
        }
        say!("waiting for the schema of {service}: {why}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn passwords_from_environment() -> Result<BTreeMap<String, String>> {
    database_users()
        .map(|user| {
            let variable = database_password_variable(user);
            let password = env::var(&variable).with_context(|| format!("{variable} is needed for its login role"))?;
            Ok((user.to_owned(), password))
        })
        .collect()
}

/// Where the password of a service's login role comes from.
pub(crate) fn database_password_variable(user: &str) -> String {
    format!("LIVEMART_DATABASE_{}_PASSWORD", user.to_uppercase())
}
