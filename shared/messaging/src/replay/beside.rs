//! The tables beside the live ones: temporary, empty, and under the same names, in a session that sees no others.
//!
//! A session that is lost takes them with it; what would then be read or written is not there, and the replay fails.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

use super::ReplayError;
use crate::reaction::Table;
use crate::store::sql;

/// A database that does not answer for so long is away.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// One of the tables that are made anew.
pub(super) struct Beside {
    pub(super) table: Table,
    /// The live one.
    pub(super) live: String,
    /// What is written; what the database computes is left to it.
    pub(super) columns: Vec<String>,
    pub(super) key: Vec<String>,
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .min_connections(1)
        .max_connections(1)
        .connect_timeout(CONNECT_LIMIT)
        // The tables live as long as the session.
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
        .sqlx_logging(false);
    options
}

/// The schema that the role works in.
pub(super) async fn schema(url: &str) -> Result<String, ReplayError> {
    let db = Database::connect(options(url)).await?;
    let row = db.query_one_raw(sql("SELECT current_schema()::text", [])).await?;
    let schema = row.and_then(|row| row.try_get_by_index(0).ok());
    db.close().await?;
    schema.ok_or_else(|| DbErr::RecordNotFound("a schema of this role".to_owned()).into())
}

/// A session that sees its own temporary tables, and of others only what is named with its schema.
pub(super) async fn session(url: &str, service: &str) -> Result<DatabaseConnection, ReplayError> {
    let mut options = options(url);
    options.set_schema_search_path("pg_temp").set_application_name(format!("livemart-{service}-replay"));
    let db = Database::connect(options).await?;
    // Whole tables are compared here, which the service itself never does.
    db.execute_unprepared("SET enable_seqscan = on").await?;
    Ok(db)
}

async fn make_like(db: &DatabaseConnection, live: &str, name: &str) -> Result<(), DbErr> {
    db.execute_unprepared(&format!("CREATE TEMPORARY TABLE {name} (LIKE {live} INCLUDING ALL)")).await.map(drop)
}

/// What has been decided about here.
pub(super) async fn inbox(db: &DatabaseConnection, schema: &str) -> Result<(), ReplayError> {
    Ok(make_like(db, &format!("{schema}.inbox"), "inbox").await?)
}

impl Beside {
    pub(super) async fn make(db: &DatabaseConnection, schema: &str, table: Table) -> Result<Self, ReplayError> {
        let live = format!("{schema}.{}", table.name);
        let columns = names(
            db,
            "SELECT attname::text FROM pg_attribute
             WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
             ORDER BY attnum",
            &live,
        );
        let key = names(
            db,
            "SELECT attname::text FROM pg_attribute JOIN pg_index ON attrelid = indrelid AND attnum = ANY (indkey)
             WHERE attrelid = to_regclass($1) AND indisprimary",
            &live,
        );
        let beside = Self { table, columns: columns.await?, key: key.await?, live };
        if beside.key.is_empty() {
            return Err(ReplayError::Table(beside.live));
        }
        make_like(db, &beside.live, beside.name()).await?;
        Ok(beside)
    }

    /// Without its schema: the one beside.
    pub(super) fn name(&self) -> &'static str {
        self.table.name
    }

    /// That the key of two aliases is the same.
    pub(super) fn same_key(&self, one: &str, other: &str) -> String {
        let equal: Vec<String> = self.key.iter().map(|column| format!("{one}.{column} = {other}.{column}")).collect();
        equal.join(" AND ")
    }
}

async fn names(db: &DatabaseConnection, query: &str, table: &str) -> Result<Vec<String>, DbErr> {
    let rows = db.query_all_raw(sql(query, [table.into()])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
