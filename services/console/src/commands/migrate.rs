//! `livemart migrate`

use std::collections::BTreeMap;
use std::env;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use livemart_local::database_users;

use crate::repository::Repository;
use crate::terminal::say;

/// Without `--database-url`: the database of this clone's shop. With it, the password of each
/// service's login role comes from `LIVEMART_DATABASE_<SERVICE>_PASSWORD`.
#[derive(Args)]
pub(crate) struct Migrate {
    /// As the role that owns the database
    #[arg(long, env = "LIVEMART_ADMIN_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl Migrate {
    pub(crate) async fn run(self) -> Result<ExitCode> {
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

fn passwords_from_environment() -> Result<BTreeMap<String, String>> {
    database_users()
        .map(|user| {
            let variable = format!("LIVEMART_DATABASE_{}_PASSWORD", user.to_uppercase());
            let password = env::var(&variable).with_context(|| format!("{variable} is needed for its login role"))?;
            Ok((user.to_owned(), password))
        })
        .collect()
}
