use livemart_local::wait::{self, Look};
use livemart_local::{ProcessIdentity, Servers};
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::fixture::{PATIENCE, options};

#[tokio::test]
async fn servers_serve_come_back_after_a_kill_and_leave_nothing() {
    let (_configuration, options) = options();
    let options = options.with_redis_nodes(2).unwrap();
    let servers = Servers::start(options).await.unwrap();

    let mut connection = PgConnection::connect(&servers.admin_database_url()).await.unwrap();
    sqlx::raw_sql("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('이어폰')")
        .execute(&mut connection)
        .await
        .unwrap();
    let row = sqlx::query(
        "SELECT current_setting('server_encoding'), datcollate FROM pg_database WHERE datname = 'livemart'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(row.get::<String, _>(0), "UTF8");
    assert!(row.get::<String, _>(1).ends_with("UTF-8"));

    servers.postgres().kill().await.unwrap();
    servers.nats().kill().await.unwrap();
    for node in servers.redis() {
        node.kill().await.unwrap();
    }
    servers.ready().await.unwrap();

    let mut connection = PgConnection::connect(&servers.admin_database_url()).await.unwrap();
    let word: String = sqlx::query("SELECT word FROM kept").fetch_one(&mut connection).await.unwrap().get(0);
    assert_eq!(word, "이어폰");
    let client = livemart_local::operator(
        &servers.nats_url(),
        livemart_local::OPERATOR,
        servers.nats_password(livemart_local::OPERATOR),
    )
    .await
    .unwrap();
    assert!(client.server_info().jetstream);

    let directory = servers.state().root().to_owned();
    servers.stop().await.unwrap();
    assert!(!directory.exists(), "{} is still there", directory.display());
}

#[tokio::test]
async fn a_killed_server_that_is_to_stay_down_stays_down_until_it_is_started() {
    let (_configuration, options) = options();
    let servers = Servers::start(options).await.unwrap();
    servers.nats().kill_for_good().await.unwrap();
    assert_eq!(servers.nats().pid(), None);
    servers.nats().start().await.unwrap();
    servers.ready().await.unwrap();
    servers.stop().await.unwrap();
}

#[tokio::test]
async fn dropped_servers_are_killed() {
    let (_configuration, options) = options();
    let servers = Servers::start(options).await.unwrap();
    let processes: Vec<_> = [servers.nats(), servers.postgres(), &servers.redis()[0]]
        .into_iter()
        .map(|server| ProcessIdentity::of(server.pid().unwrap()).unwrap())
        .collect();
    drop(servers);
    wait::until("the end of all servers", PATIENCE, async || {
        Ok(match processes.iter().find(|process| process.is_alive()) {
            Some(process) => Look::NotYet(format!("pid {} lives", process.pid)),
            None => Look::There(()),
        })
    })
    .await
    .unwrap();
}
