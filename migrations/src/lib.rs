//! The database: a schema and a login role for each service, and the migrations of each schema.
//!
//! [`migrate`] may run any number of times, also at the same time: an advisory lock lets one run wait for the other.
//! Migrations only go forward; a change that a running version could not bear is made in two steps.

use std::collections::BTreeMap;

use anyhow::Context as _;
use async_trait::async_trait;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager};

/// What the schema of every service with events begins with.
const MESSAGING: Script = Script { name: "0000_messaging", sql: include_str!("messaging.sql") };
/// What the schema of every service with events has besides its own tables.
const RELAY_STATE: Script = Script { name: "0002_relay_state", sql: include_str!("relay_state.sql") };

/// After the tables of the service itself, where there were some before it.
const INBOX_BY_EVENT: Script = Script { name: "0010_inbox_by_event", sql: include_str!("inbox_by_event.sql") };

/// Who audits. It reads what an audit compares: no password, no address, no body of an event.
const AUDITOR: &str = "auditor";
/// What an audit compares in the schema of every service with events.
const ANNOUNCED: &str =
    "outbox (event_id, position, aggregate_id, subject, headers, created_at, published_at, stream_sequence)";
const ASKED: &str = "tasks (kind, attempts, status, request, last_error, created_at)";

/// A schema, who works in it, and what made it.
struct Schema {
    name: &'static str,
    /// The login role is `livemart_<service>`.
    service: &'static str,
    scripts: &'static [Script],
    /// What the auditor may read: tables, those with more than it compares by their columns.
    audited: &'static [&'static str],
}

const SCHEMAS: [Schema; 8] = [
    Schema {
        name: "users",
        service: "user",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("users/0001_tables.sql") },
            RELAY_STATE,
            Script { name: "0003_addresses", sql: include_str!("users/0003_addresses.sql") },
            INBOX_BY_EVENT,
            Script { name: "0011_known_places", sql: include_str!("users/0011_known_places.sql") },
        ],
        audited: &[ANNOUNCED, ASKED, "inbox", "relay_state"],
    },
    Schema {
        name: "products",
        service: "product",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("products/0001_tables.sql") },
            RELAY_STATE,
            Script { name: "0003_changes", sql: include_str!("products/0003_changes.sql") },
            Script { name: "0004_deletions", sql: include_str!("products/0004_deletions.sql") },
            Script { name: "0005_categories", sql: include_str!("products/0005_categories.sql") },
            INBOX_BY_EVENT,
        ],
        audited: &[ANNOUNCED, ASKED, "inbox", "relay_state", "product_stock"],
    },
    Schema {
        name: "orders",
        service: "order",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("orders/0001_tables.sql") },
            RELAY_STATE,
            Script { name: "0003_carts", sql: include_str!("orders/0003_carts.sql") },
            Script { name: "0004_order_events", sql: include_str!("orders/0004_order_events.sql") },
            Script { name: "0005_events_by_id", sql: include_str!("orders/0005_events_by_id.sql") },
            INBOX_BY_EVENT,
            Script { name: "0011_orders_to_fulfil", sql: include_str!("orders/0011_orders_to_fulfil.sql") },
        ],
        audited: &[
            ANNOUNCED,
            ASKED,
            "inbox",
            "relay_state",
            "orders (order_id, customer_id, status, total, currency, lines, failure_code, created_at, expires_at, updated_at)",
            "order_payments",
        ],
    },
    Schema {
        name: "payments",
        service: "payment",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("payments/0001_tables.sql") },
            RELAY_STATE,
            Script { name: "0003_refunds", sql: include_str!("payments/0003_refunds.sql") },
            Script { name: "0004_provider_references", sql: include_str!("payments/0004_provider_references.sql") },
            INBOX_BY_EVENT,
        ],
        audited: &[ANNOUNCED, ASKED, "inbox", "relay_state", "payments", "refunds (order_id, amount, status, restock)"],
    },
    Schema {
        name: "inventory",
        service: "inventory",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("inventory/0001_tables.sql") },
            RELAY_STATE,
            Script { name: "0003_returns", sql: include_str!("inventory/0003_returns.sql") },
            Script { name: "0004_unannounced", sql: include_str!("inventory/0004_unannounced.sql") },
            INBOX_BY_EVENT,
        ],
        audited: &[ANNOUNCED, ASKED, "inbox", "relay_state", "stock", "reservations", "returns", "movements"],
    },
    Schema {
        name: "notifications",
        service: "notification",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("notifications/0001_tables.sql") },
            RELAY_STATE,
            INBOX_BY_EVENT,
        ],
        audited: &[
            "inbox",
            "notifications (id, subject, kind)",
            "mails (notification_id, resends)",
            "mail_attempts (notification_id, outcome)",
        ],
    },
    Schema {
        name: "analytics",
        service: "analytics",
        scripts: &[
            MESSAGING,
            Script { name: "0001_tables", sql: include_str!("analytics/0001_tables.sql") },
            RELAY_STATE,
            INBOX_BY_EVENT,
        ],
        audited: &["inbox", "orders", "payments", "goods", "order_hours", "payment_hours"],
    },
    // The sandbox payment provider's books: a stranger's, that the payment service's own role cannot read.
    Schema {
        name: "sandbox",
        service: "sandbox",
        scripts: &[
            Script { name: "0001_tables", sql: include_str!("sandbox/0001_tables.sql") },
            Script { name: "0002_holds_by_time", sql: include_str!("sandbox/0002_holds_by_time.sql") },
        ],
        audited: &["holds", "operations"],
    },
];

/// The services that have a role, and so need a password in [`migrate`].
pub fn services() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|schema| schema.service)
}

/// The schema in which `service` works.
pub fn schema_of(service: &str) -> anyhow::Result<&'static str> {
    let schema = SCHEMAS.iter().find(|schema| schema.service == service);
    schema.map(|schema| schema.name).with_context(|| format!("no service {service} has a schema"))
}

/// Brings the database at `admin_database_url`, the URL of a role that may create roles and schemas, up to date.
/// `passwords` are those of [`services`].
pub async fn migrate(admin_database_url: &str, passwords: &BTreeMap<String, String>) -> anyhow::Result<()> {
    // One connection, so that the lock is held by the session that works.
    let admin = connect(admin_database_url, None).await?;
    execute(&admin, "SELECT pg_advisory_lock(hashtext('livemart-migrate'))").await?;
    let password =
        |user: &str| passwords.get(user).with_context(|| format!("no password for the role livemart_{user}"));
    let auditor = login_role(&admin, AUDITOR, password(AUDITOR)?).await.context("preparing the auditor's role")?;
    // It asks questions of whole tables. Compiling one takes longer than answering it, and what is compared is to fit into
    // memory: it is alone, on three connections.
    for setting in ["jit = off", "work_mem = '64MB'"] {
        execute(&admin, &format!("ALTER ROLE {auditor} SET {setting}")).await?;
    }
    for schema in &SCHEMAS {
        prepare(&admin, schema, password(schema.service)?)
            .await
            .with_context(|| format!("preparing schema {}", schema.name))?;
        let inside = connect(admin_database_url, Some(schema.name)).await?;
        schema.up(&inside, None).await.with_context(|| format!("migrating schema {}", schema.name))?;
        inside.close().await?;
        grant(&admin, schema).await?;
        let audit = audit(schema, &auditor);
        execute(&admin, &audit).await.with_context(|| format!("letting the auditor read {}", schema.name))?;
    }
    execute(&admin, "SELECT pg_advisory_unlock(hashtext('livemart-migrate'))").await?;
    admin.close().await?;
    Ok(())
}

/// Which migrations of `service`'s schema are still missing in the database at `database_url`: the URL of the service's own role
/// will do. Waits for a [`migrate`] that is running.
pub async fn missing(database_url: &str, service: &str) -> anyhow::Result<Vec<&'static str>> {
    let schema = SCHEMAS.iter().find(|schema| schema.service == service);
    let schema = schema.with_context(|| format!("{service} has no schema"))?;
    let db = connect(database_url, None).await?;
    // Released with the connection.
    execute(&db, "SELECT pg_advisory_lock_shared(hashtext('livemart-migrate'))").await?;
    let applied = format!("SELECT version FROM {}.seaql_migrations", schema.name);
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, applied)).await?;
    let applied: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    db.close().await?;
    let names = schema.scripts.iter().map(|script| script.name);
    Ok(names.filter(|name| !applied.iter().any(|applied| applied == name)).collect())
}

async fn connect(url: &str, schema: Option<&str>) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    if let Some(schema) = schema {
        options.set_schema_search_path(schema);
    }
    Database::connect(options).await.context("the database cannot be reached")
}

async fn execute(db: &DatabaseConnection, sql: &str) -> Result<(), DbErr> {
    db.execute_unprepared(sql).await.map(|_| ())
}

/// Makes the schema and its role, and sets the role's password.
async fn prepare(admin: &DatabaseConnection, schema: &Schema, password: &str) -> anyhow::Result<()> {
    let name = schema.name;
    execute(admin, &format!("CREATE SCHEMA IF NOT EXISTS {name}")).await?;
    let role = login_role(admin, schema.service, password).await?;
    execute(admin, &format!("ALTER ROLE {role} SET search_path = {name}")).await?;
    // Tables that grow from empty get plans that read them whole, and keep them: measured at 60% of the throughput.
    execute(admin, &format!("ALTER ROLE {role} SET enable_seqscan = off")).await?;
    // Every statement here has one good plan, by its keys. Where orders come one by one, thinking about parameters anew each
    // time was two fifths of the time in statements.
    execute(admin, &format!("ALTER ROLE {role} SET plan_cache_mode = force_generic_plan")).await?;
    // Statements here take milliseconds; compiling one takes more.
    execute(admin, &format!("ALTER ROLE {role} SET jit = off")).await?;
    Ok(())
}

/// The role `livemart_<user>`, made where it is not there, with this password.
async fn login_role(admin: &DatabaseConnection, user: &str, password: &str) -> anyhow::Result<String> {
    let role = format!("livemart_{user}");
    let exists = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT 1 FROM pg_roles WHERE rolname = $1",
        [role.clone().into()],
    );
    if admin.query_one_raw(exists).await?.is_none() {
        execute(admin, &format!("CREATE ROLE {role} LOGIN")).await?;
    }
    // ALTER ROLE takes no parameters; the server quotes the password for us.
    let quote = Statement::from_sql_and_values(
        DbBackend::Postgres,
        "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)",
        [role.clone().into(), password.into()],
    );
    let row = admin.query_one_raw(quote).await?.context("format() answers one row")?;
    execute(admin, &row.try_get_by_index::<String>(0)?).await?;
    Ok(role)
}

/// Lets the role work with the rows of its schema, and with nothing else.
async fn grant(admin: &DatabaseConnection, schema: &Schema) -> anyhow::Result<()> {
    let (name, role) = (schema.name, format!("livemart_{}", schema.service));
    let database =
        admin.query_one_raw(Statement::from_string(DbBackend::Postgres, "SELECT quote_ident(current_database())"));
    let database: String = database.await?.context("the database has a name")?.try_get_by_index(0)?;
    for sql in [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC".to_owned(),
        // Everybody has it unless somebody took it away: a replay builds in temporary tables.
        format!("GRANT TEMPORARY ON DATABASE {database} TO {role}"),
        format!("GRANT USAGE ON SCHEMA {name} TO {role}"),
        format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {role}"),
        format!("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {name} TO {role}"),
        format!("REVOKE INSERT, UPDATE, DELETE ON {name}.seaql_migrations FROM {role}"),
    ] {
        execute(admin, &sql).await?;
    }
    Ok(())
}

/// Lets `role` read what is audited of the schema, and nothing that was audited once: statements of one transaction, so that an
/// audit beside this sees the one or the other.
fn audit(schema: &Schema, role: &str) -> String {
    let name = schema.name;
    let mut statements = format!(
        "GRANT USAGE ON SCHEMA {name} TO {role};
         REVOKE ALL ON ALL TABLES IN SCHEMA {name} FROM {role};"
    );
    for audited in schema.audited {
        let (table, columns) = audited.split_once(' ').unwrap_or((*audited, ""));
        statements.push_str(&format!("GRANT SELECT {columns} ON {name}.{table} TO {role};"));
    }
    statements
}

impl MigratorTraitSelf for &Schema {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.scripts.iter().map(|script| Box::new(*script) as Box<dyn MigrationTrait>).collect()
    }
}

/// A migration in plain SQL.
#[derive(Debug, Clone, Copy)]
struct Script {
    name: &'static str,
    sql: &'static str,
}

impl MigrationName for Script {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl MigrationTrait for Script {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.sql).await.map(|_| ())
    }
}
