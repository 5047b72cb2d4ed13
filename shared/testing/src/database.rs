//! A database for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::servers::{TestServers, servers};

/// Migrated at the start of the shared servers, and connected to by nobody since.
const TEMPLATE: &str = "livemart";

/// A fresh copy of the migrated database. It goes when the test process does.
#[derive(Debug)]
pub struct Database {
    servers: &'static TestServers,
    name: String,
}

static COPIES: AtomicU32 = AtomicU32::new(1);

/// Copies the migrated database, which takes a tenth of a second.
pub async fn database() -> Database {
    let servers = servers().await;
    let name = format!("copy_{}", COPIES.fetch_add(1, Ordering::Relaxed));
    // From elsewhere: a template that somebody is connected to cannot be copied.
    let elsewhere = servers.admin_database_url_in("postgres");
    let copied = async {
        let mut admin = PgConnection::connect(&elsewhere).await?;
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))).await?;
        admin.close().await
    };
    copied.await.unwrap_or_else(|error| panic!("the migrated database cannot be copied: {error}"));
    Database { servers, name }
}

impl Database {
    /// As the login role of a service, whose schema it sees.
    pub fn url(&self, service: &str) -> String {
        self.servers.database_url_in(service, &self.name)
    }

    /// As the superuser, who sees every schema by its name.
    pub fn admin_url(&self) -> String {
        self.servers.admin_database_url_in(&self.name)
    }
}
