//! What the init container of a service does.

use std::process::Stdio;

use livemart_testing::{Database, binaries, database, run};
use sqlx::{Connection as _, PgConnection};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

#[test]
fn a_service_waits_until_its_schema_has_every_migration() {
    run(async {
        let database = database().await;
        let mut admin = PgConnection::connect(&database.admin_url()).await.expect("the superuser gets in");
        // As after a new version was applied, and before it is migrated.
        let newest: String = sqlx::query_scalar(
            "DELETE FROM orders.seaql_migrations
             WHERE version = (SELECT max(version) FROM orders.seaql_migrations)
             RETURNING version",
        )
        .fetch_one(&mut admin)
        .await
        .expect("a migration");

        let mut waiting = wait_for_order(&database).stdout(Stdio::piped()).spawn().expect("livemart");
        let mut lines = BufReader::new(waiting.stdout.take().expect("its output")).lines();
        let line = lines.next_line().await.expect("text").expect("a line");
        assert!(line.contains(&format!("{newest} missing")), "{line}");

        let migrated =
            sqlx::query("INSERT INTO orders.seaql_migrations (version, applied_at) VALUES ($1, 0)").bind(&newest);
        migrated.execute(&mut admin).await.expect("a row");
        assert!(waiting.wait().await.expect("it ends").success());
    });
}

/// As the service itself, which may not migrate.
fn wait_for_order(database: &Database) -> Command {
    let mut command = Command::new(binaries().join("livemart"));
    command
        .args(["migrate", "--wait-for", "order"])
        .env("LIVEMART_DATABASE_URL", database.url("order"))
        .kill_on_drop(true);
    command
}
