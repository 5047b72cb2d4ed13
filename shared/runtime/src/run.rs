//! Start and stop, the same for every service.
//!
//! Start: telemetry, connections, configuration, schema and durables checked, relay, effects, consumers, watches, HTTP,
//! discovery, ready.
//! Stop, in reverse: not ready, discovery, HTTP, then everything that makes events, the relay last, so that what was
//! committed is published if the broker lets it.

use std::future::{Future, IntoFuture};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use chrono::TimeDelta;
use livemart_contracts::{Clock, Stream};
use livemart_messaging::consumer::Consumer;
use livemart_messaging::relay::{self, Relay};
use livemart_messaging::retention::Retention;
use livemart_messaging::wake::{Hints, Wakes};
use livemart_messaging::{Store, watch};
use livemart_web::health::{Check, Health};
use prometheus::{IntGaugeVec, opts, register_int_gauge_vec};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Common;
use crate::identity::Verifier;
use crate::live::key::Key;
use crate::live::{Configuration, LastCopy, Settings, answer};
use crate::serve::{Bounds, allow_open_files, serve};
use crate::service::{App, Edge, Grant, Service, Serving};
use crate::tasks::Stage;
use crate::{admin, checks, connect, discovery, http, telemetry};

/// How long each stage of a stop may take; the four of them and the last spans stay below the
/// ten seconds after which a supervisor kills.
const STAGE_LIMIT: Duration = Duration::from_secs(2);

/// Which version runs, for joining with whatever else is measured.
static BUILD_INFO: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    register_int_gauge_vec!(opts!("livemart_build_info", "Always 1."), &["service", "version"])
        .unwrap_or_else(|error| unreachable!("registered once: {error}"))
});

/// A stream that is lost on its last day is rebuilt within this time.
const KEPT_PAST_THE_STREAM: TimeDelta = TimeDelta::days(16);

/// Runs `service` until SIGTERM or SIGINT.
pub(crate) async fn run(mut service: Service, common: Common, keys: Vec<Key>) -> anyhow::Result<()> {
    let refilter = telemetry::start(common.log_format, &common.live);
    let traces = telemetry::Traces::start(service.name, &common)?;
    BUILD_INFO.with_label_values(&[service.name, env!("CARGO_PKG_VERSION")]).set(1);
    connect::install_tls_provider();
    allow_open_files();
    let clock = Clock::ahead_by(TimeDelta::seconds(common.clock_offset_seconds));
    let stop = stop_signal()?;

    let broken = CancellationToken::new();
    let background = Stage::new("background", &broken);
    let producers = Stage::new("producers", &broken);
    let publishing = Stage::new("publishing", &broken);
    let serving = Stage::new("http", &broken);

    background.spawn_until_stop(refilter);
    let configuration = configuration(&service, &common, keys);
    configuration.recall();

    let nats = connect::nats(&common, service.name).await?;
    configuration.read(&nats).await;
    let every = common.live.clone();
    let every = move || Duration::from_secs(every.get().config_read_seconds.into());
    background.spawn("configuration", Arc::clone(&configuration).follow(nats.clone(), every, background.stop_token()));
    let verifier = Verifier::new(nats.clone(), clock);
    background.spawn("sessions", Arc::clone(&verifier).listen(background.stop_token()));
    let edge = Edge {
        service: service.name,
        nats: nats.clone(),
        clock,
        authenticate: verifier,
        background: background.clone(),
        closing: serving.stop_token(),
    };
    let app = if service.has_schema { Some(open_store(&service, &common, &edge, &publishing).await?) } else { None };

    let mut ready: Vec<Box<dyn Check>> = vec![Box::new(checks::NatsConnected(nats.clone()))];
    ready.extend(app.as_ref().map(|app| Box::new(checks::DatabaseAnswers(app.store.clone())) as Box<dyn Check>));
    ready.append(&mut service.checks);
    let health = Health::new(ready);
    let (admin_listener, admin_address) = bind(common.admin_listen, "LIVEMART_ADMIN_LISTEN").await?;
    let admin_server = axum::serve(admin_listener, admin::router(health.clone())).into_future();
    background.spawn_until_stop(async move { drop(admin_server.await) });

    for subscription in &service.subscriptions {
        checks::durable(&nats, subscription).await?;
    }
    if let (Some(start), Some(app)) = (service.start.take(), &app) {
        start(app.clone()).await.context("the service could not prepare its start")?;
    }
    let router = match std::mem::replace(&mut service.serving, Serving::Nothing) {
        Serving::Nothing => Router::new(),
        Serving::Stateless(router) => router(&edge)?,
        Serving::Stored(router) => router(app.as_ref().context("routes with a schema need one")?),
    };
    if let Some(app) = &app {
        start_loops(&mut service, app, &producers);
    }

    let (http_listener, http_address) = bind(common.http_listen, "LIVEMART_HTTP_LISTEN").await?;
    let router = http::surround(router, Arc::clone(&edge.authenticate));
    serving.spawn("http", serve(http_listener, router, Bounds::USUAL, serving.stop_token()));

    let announced = discovery::announce(&nats, &service, &common, &configuration, http_address, admin_address).await?;
    background.spawn_until_stop(answer::endpoints(&announced, Arc::clone(&configuration)).await?);
    health.set_ready(true);
    tracing::info!(
        service = service.name,
        instance = discovery::instance(service.name, &common),
        address = %http_address,
        admin = %admin_address,
        "ready"
    );

    tokio::select! {
        () = stop => tracing::info!("stopping"),
        () = broken.cancelled() => {}
    }
    health.set_ready(false);
    if let Err(error) = announced.stop().await {
        tracing::debug!(%error, "discovery was not left");
    }
    serving.stop(STAGE_LIMIT).await;
    producers.stop(STAGE_LIMIT).await;
    publishing.stop(STAGE_LIMIT).await;
    background.stop(STAGE_LIMIT).await;
    traces.stop().await;
    anyhow::ensure!(!broken.is_cancelled(), "a background task ended by itself");
    tracing::info!("stopped");
    Ok(())
}

/// The keys of `service`, as they were at the start.
pub(crate) fn configuration(service: &Service, common: &Common, keys: Vec<Key>) -> Arc<Configuration> {
    let mut settings: Vec<Arc<dyn Settings>> = vec![Arc::new(common.live.clone())];
    settings.extend(service.settings.iter().cloned());
    let written = service.grants.iter().filter_map(|grant| match grant {
        Grant::WriteConfig(key) => Some(*key),
        _ => None,
    });
    // A name that is made of the process would not be found again.
    let kept_as = common.instance.as_deref().unwrap_or(service.name);
    let copy = common.state_directory.as_ref().map(|directory| LastCopy::in_directory(directory, kept_as));
    let instance = discovery::instance(service.name, common);
    Configuration::new(service.name, instance, keys, settings, written.collect(), copy)
}

/// Opens the service's schema, and starts publishing what is in its outbox.
async fn open_store(service: &Service, common: &Common, edge: &Edge, publishing: &Stage) -> anyhow::Result<App> {
    let db = connect::postgres(common, service.name).await?;
    let database = db.get_postgres_connection_pool().connect_options();
    let (wakes, hints) = Wakes::new();
    let store = Store::new(db, edge.clock, wakes.clone(), service.name, service.emits.clone())
        .in_batches_of(common.messaging_batch.get());
    checks::schema(&store).await?;
    if let Some(stream) = service.stream() {
        let relay = Relay {
            service: service.name,
            stream,
            database,
            jetstream: edge.nats.jetstream().clone(),
            wakes: wakes.clone(),
            clock: edge.clock,
            batch: store.batch(relay::BATCH),
        };
        publishing.spawn("relay", relay.run(publishing.stop_token()));
    }
    share_wakes(edge, wakes, hints).await?;
    Ok(App { store, edge: edge.clone() })
}

/// Lets replicas wake each other: what one commits, the one that publishes learns at once, and the one that shows it.
async fn share_wakes(edge: &Edge, wakes: Wakes, mut hints: Hints) -> anyhow::Result<()> {
    let subject = format!("wake.{}", edge.service);
    let mut received = edge.nats.client().subscribe(subject.clone()).await?;
    edge.spawn_until_stop(async move {
        while let Some(hint) = futures::StreamExt::next(&mut received).await {
            match std::str::from_utf8(&hint.payload) {
                Ok("") => wakes.outbox(),
                Ok(news) => wakes.heard(news),
                Err(error) => tracing::debug!(%error, "a hint was no text"),
            }
        }
    });
    let client = edge.nats.client().clone();
    #[expect(clippy::disallowed_methods, reason = "a hint, not an event: worth nothing if it is lost")]
    edge.spawn_until_stop(async move {
        loop {
            let hint = tokio::select! {
                Some(()) = hints.outbox.recv() => bytes::Bytes::new(),
                Some(news) = hints.news.recv() => news.into(),
                else => break,
            };
            if let Err(error) = client.publish(subject.clone(), hint).await {
                tracing::debug!(%error, "a hint was not sent");
            }
        }
    });
    Ok(())
}

fn start_loops(service: &mut Service, app: &App, producers: &Stage) {
    let events_kept = service.stream().map_or(TimeDelta::zero(), Stream::max_age) + KEPT_PAST_THE_STREAM;
    let forget = watch::run(Retention { events_kept }, app.store.clone(), producers.stop_token());
    producers.spawn("retention", forget);
    for subscription in &service.subscriptions {
        let jetstream = app.edge.nats.jetstream().clone();
        let consumer = Consumer::new(subscription.clone(), app.store.clone(), jetstream);
        producers.spawn(subscription.durable, consumer.run(producers.stop_token()));
    }
    for (name, run) in service.effects.drain(..).chain(service.watches.drain(..)) {
        producers.spawn(name, run(app.store.clone(), producers.stop_token()));
    }
}

async fn bind(address: std::net::SocketAddr, key: &str) -> anyhow::Result<(TcpListener, std::net::SocketAddr)> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("{address} ({key}) cannot be listened on"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
