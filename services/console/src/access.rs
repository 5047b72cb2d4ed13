//! How commands reach a shop: by what they are told, or as the shop of the clone around them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use livemart_local::{AUDITOR, Addresses, DEMO_ADMIN, OPERATOR, operator, operator_trusting};
use sqlx::{Connection as _, PgConnection};

use crate::api::Api;
use crate::repository::Repository;

/// Without `--url`: the NATS of this clone's shop.
#[derive(Args)]
pub(crate) struct NatsAccess {
    /// NATS; that of this clone's shop by default
    #[arg(long, env = "LIVEMART_NATS_URL")]
    url: Option<String>,
    #[arg(long, env = "LIVEMART_NATS_USER", default_value = OPERATOR)]
    user: String,
    #[arg(long, env = "LIVEMART_NATS_PASSWORD", hide_env_values = true, requires = "url")]
    password: Option<String>,
    /// The certificate of the authority that signed those of the servers, where it is a private one
    #[arg(long, env = "LIVEMART_NATS_CA", requires = "url")]
    authority: Option<PathBuf>,
}

impl NatsAccess {
    pub(crate) async fn connect(&self) -> Result<async_nats::Client> {
        self.connect_as(OPERATOR).await
    }

    /// To this clone's shop as `user`; to another one as whom the command was told to be.
    pub(crate) async fn connect_as(&self, user: &str) -> Result<async_nats::Client> {
        let connected = match &self.url {
            Some(url) => {
                let password = self.password.as_deref().unwrap_or_default();
                operator_trusting(url, &self.user, password, self.authority.as_deref()).await
            }
            None => {
                let addresses = Repository::find()?.addresses()?;
                operator(&addresses.nats_url(), user, addresses.nats_password(user)).await
            }
        };
        connected.context("NATS cannot be reached; does the shop run (`just status`)?")
    }
}

/// Without `--database-url`: the database of this clone's shop.
#[derive(Args)]
pub(crate) struct DatabaseAccess {
    /// Postgres, as a role that may read all schemas; that of this clone's shop by default
    #[arg(long, env = "LIVEMART_ADMIN_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl DatabaseAccess {
    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        database(self.database_url.as_deref(), Addresses::admin_database_url).await
    }
}

/// Without `--database-url`: the database of this clone's shop.
#[derive(Args)]
pub(crate) struct AuditAccess {
    /// Postgres, as a role that may read what is audited; that of this clone's shop by default
    #[arg(long, env = "LIVEMART_AUDIT_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl AuditAccess {
    pub(crate) async fn connect(&self) -> Result<PgConnection> {
        database(self.database_url.as_deref(), |addresses| addresses.database_url(AUDITOR)).await
    }
}

async fn database(told: Option<&str>, of_clone: impl FnOnce(&Addresses) -> String) -> Result<PgConnection> {
    let url = match told {
        Some(url) => url.to_owned(),
        None => of_clone(&Repository::find()?.addresses()?),
    };
    PgConnection::connect(&url).await.context("the database cannot be reached; does the shop run (`just status`)?")
}

/// Without `--shop-url`: this clone's shop, as the admin of its demo.
#[derive(Args)]
pub(crate) struct StaffAccess {
    /// The shop's public address; that of this clone's shop by default
    #[arg(long, env = "LIVEMART_SHOP_URL", requires_all = ["email", "password"])]
    shop_url: Option<String>,
    /// The account of somebody of the staff
    #[arg(long, env = "LIVEMART_STAFF_EMAIL", requires = "shop_url")]
    email: Option<String>,
    #[arg(long, env = "LIVEMART_STAFF_PASSWORD", hide_env_values = true, requires = "shop_url")]
    password: Option<String>,
}

impl StaffAccess {
    pub(crate) async fn sign_in(&self) -> Result<Api> {
        let signed_in = match (&self.shop_url, &self.email, &self.password) {
            (Some(url), Some(email), Some(password)) => Api::at(url)?.signed_in(email, password).await,
            _ => {
                let addresses = Repository::find()?.addresses()?;
                Api::at(&addresses.gateway_url())?.signed_in(DEMO_ADMIN, &addresses.secrets.demo_admin).await
            }
        };
        signed_in.context("nobody of the staff can be signed in; does the shop run (`just status`)?")
    }
}
