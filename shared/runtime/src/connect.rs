//! Connections to Postgres and NATS: waited for at start, then kept by their libraries.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use async_nats::{Client, ConnectOptions, Event};
use livemart_messaging::backoff::Backoff;
use sea_orm::{ConnectOptions as DatabaseOptions, Database, DatabaseConnection};
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::config::Common;
use crate::nats::Nats;

/// How long a starting service waits for a server that is not there yet.
const START_LIMIT: Duration = Duration::from_secs(30);
const RETRY: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(2) };

/// A connection that takes longer to make will not be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// A request that waits longer than this for a free connection is better refused.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);
/// A broker that freezes without closing its connections is noticed after two of these.
const PING_INTERVAL: Duration = Duration::from_secs(5);
const REQUEST_LIMIT: Duration = Duration::from_secs(5);

/// Chooses the one TLS implementation. Two are compiled in through libraries, and rustls panics when nobody chose.
pub fn install_tls_provider() {
    // An error says that it is installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

pub(crate) async fn postgres(common: &Common, service: &str) -> anyhow::Result<DatabaseConnection> {
    let url = common.database_url.as_ref().context("LIVEMART_DATABASE_URL is not set")?;
    let mut options = DatabaseOptions::new(url.expose_secret().to_owned());
    options
        .max_connections(common.database_connections)
        .connect_timeout(CONNECT_LIMIT)
        .acquire_timeout(ACQUIRE_LIMIT)
        // A ping before each use costs an eighth of the throughput; a broken connection shows itself by failing.
        .test_before_acquire(false)
        .sqlx_logging(false)
        .set_application_name(format!("livemart-{service}"));
    waited_for("Postgres", async || Database::connect(options.clone()).await).await
}

pub(crate) async fn nats(common: &Common, service: &'static str) -> anyhow::Result<Nats> {
    let (connected, connects) = watch::channel(0);
    let user = common.nats_user.clone().unwrap_or_else(|| service.to_owned());
    let connect = async || {
        let connected = connected.clone();
        let mut options = ConnectOptions::new()
            .name(format!("livemart-{service}"))
            // Replies reach this service's own inbox: its user may subscribe to no other.
            .custom_inbox_prefix(format!("_INBOX_{service}"))
            .connection_timeout(CONNECT_LIMIT)
            .request_timeout(Some(REQUEST_LIMIT))
            .ping_interval(PING_INTERVAL)
            .event_callback(move |event| {
                log(&event);
                if matches!(event, Event::Connected) {
                    connected.send_modify(|connects| *connects += 1);
                }
                async {}
            });
        if let Some(password) = &common.nats_password {
            options = options.user_and_password(user.clone(), password.expose_secret().to_owned());
        }
        if let Some(authority) = &common.nats_ca {
            options = options.add_root_certificates(authority.clone()).require_tls(true);
        }
        options.connect(common.nats_url.split(',').collect::<Vec<_>>()).await
    };
    let client: Client = waited_for("NATS", connect).await?;
    Ok(Nats::new(client, connects))
}

fn log(event: &Event) {
    match event {
        // A refused permission is a mistake in the catalogue or an attack, never noise.
        Event::ServerError(error) => tracing::error!(%error, "the NATS server refused something"),
        Event::Connected => tracing::info!("connected to NATS"),
        event => tracing::warn!(%event, "the connection to NATS changed"),
    }
}

async fn waited_for<T, E: std::fmt::Display>(
    server: &str,
    connect: impl AsyncFn() -> Result<T, E>,
) -> anyhow::Result<T> {
    let until = Instant::now() + START_LIMIT;
    for attempt in 1.. {
        match connect().await {
            Ok(connection) => return Ok(connection),
            Err(error) if Instant::now() >= until => {
                return Err(anyhow!("{server} did not answer within {} s: {error}", START_LIMIT.as_secs()));
            }
            Err(error) => {
                tracing::info!(server, %error, "waiting for a server");
                tokio::time::sleep(RETRY.after(attempt)).await;
            }
        }
    }
    unreachable!("the attempts do not end")
}
