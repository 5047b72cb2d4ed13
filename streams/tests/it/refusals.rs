//! What no service may do, however it is broken or broken into: the broker and the database refuse it.

use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::{Event, jetstream};
use futures::StreamExt as _;
use livemart_local::{AUDITOR, Addresses, OPERATOR, database_users};
use livemart_runtime::Description;
use livemart_streams::descriptions;
use livemart_testing::{Broker, Database, connect, database, nats, run};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// For one answer of a server that has nothing else to do.
const SOON: Duration = Duration::from_secs(10);

/// A service's connection, and what the server refused to it.
struct Intruder {
    user: String,
    client: async_nats::Client,
    refused: UnboundedReceiver<String>,
}

impl Intruder {
    async fn as_service(addresses: &Addresses, user: &str) -> Self {
        let (tell, refused) = unbounded_channel();
        let password = addresses.nats_password(user).to_owned();
        let client = async_nats::ConnectOptions::with_user_and_password(user.to_owned(), password)
            .custom_inbox_prefix(format!("_INBOX_{user}"))
            .event_callback(move |event| {
                let tell = tell.clone();
                async move {
                    if let Event::ServerError(error) = event {
                        let _ = tell.send(error.to_string());
                    }
                }
            })
            .connect(addresses.nats_url())
            .await
            .unwrap();
        Self { user: user.to_owned(), client, refused }
    }

    async fn may_not_publish(&mut self, subject: &str) {
        self.client.publish(subject.to_owned(), "".into()).await.unwrap();
        self.is_refused("Publish", subject).await;
    }

    async fn may_not_subscribe(&mut self, subject: &str) {
        let _subscription = self.client.subscribe(subject.to_owned()).await.unwrap();
        self.is_refused("Subscription", subject).await;
    }

    async fn is_refused(&mut self, verb: &str, subject: &str) {
        self.client.flush().await.unwrap();
        let told = tokio::time::timeout(SOON, self.refused.recv()).await;
        let user = &self.user;
        let told = told.unwrap_or_else(|_| panic!("{user} was let to {subject} ({verb})")).unwrap();
        let (told, wanted) = (told.to_lowercase(), format!("for {verb} to \"{subject}\"").to_lowercase());
        assert!(told.contains("permissions violation") && told.contains(&wanted), "{user}, {subject}: {told}");
    }
}

/// What nobody but the operator may ask of JetStream, for one stream and one of its durables.
fn administration(stream: &str, durable: &str) -> Vec<String> {
    let mut subjects: Vec<String> = [
        "STREAM.CREATE",
        "STREAM.UPDATE",
        "STREAM.DELETE",
        "STREAM.PURGE",
        "STREAM.SNAPSHOT",
        "STREAM.RESTORE",
        "STREAM.MSG.DELETE",
        "STREAM.MSG.GET",
        "DIRECT.GET",
        "CONSUMER.CREATE",
        "CONSUMER.NAMES",
        "CONSUMER.LIST",
    ]
    .map(|call| format!("$JS.API.{call}.{stream}"))
    .into();
    subjects.extend(
        ["CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "CONSUMER.DELETE", "CONSUMER.PAUSE", "CONSUMER.UNPIN"]
            .map(|call| format!("$JS.API.{call}.{stream}.{durable}")),
    );
    subjects.push(format!("$JS.API.CONSUMER.CREATE.{stream}.{durable}.order.created"));
    subjects.push(format!("$JS.API.DIRECT.GET.{stream}.order.created"));
    subjects
}

fn durables(service: &Description) -> impl Iterator<Item = (&str, &str)> {
    service.subscriptions.iter().map(|read| (read.stream.as_str(), read.durable.as_str()))
}

#[test]
fn no_service_may_publish_read_or_acknowledge_for_another_one() {
    run(async {
        let (broker, services) = (nats().await, descriptions());
        for service in &services {
            let mut intruder = Intruder::as_service(&broker, &service.name).await;
            let others: Vec<&Description> = services.iter().filter(|other| other.name != service.name).collect();
            for other in others {
                for subject in &other.emits {
                    intruder.may_not_publish(subject).await;
                }
                for (stream, durable) in durables(other) {
                    intruder.may_not_publish(&format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}")).await;
                    intruder.may_not_publish(&format!("$JS.API.CONSUMER.INFO.{stream}.{durable}")).await;
                    intruder.may_not_publish(&format!("$JS.ACK.{stream}.{durable}.1.1.1.1.0")).await;
                    intruder.may_not_publish(&format!("$JS.ACK._.hash.{stream}.{durable}.1.1.1.1.0.token")).await;
                    intruder.may_not_publish(&format!("dead.{durable}")).await;
                }
                let name = &other.name;
                intruder.may_not_publish(&format!("wake.{name}")).await;
                intruder.may_not_publish(&format!("$KV.config.{name}.limit")).await;
                intruder.may_not_publish(&format!("$JS.API.DIRECT.GET.KV_config.$KV.config.{name}.limit")).await;
                intruder.may_not_subscribe(&format!("_INBOX_{name}.>")).await;
                intruder.may_not_subscribe(&format!("wake.{name}")).await;
                intruder.may_not_subscribe(&format!("config.changed.{name}.limit")).await;
                intruder.may_not_subscribe(&format!("$SRV.INFO.{name}")).await;
            }
        }
    });
}

#[test]
fn no_service_may_change_a_stream_or_listen_beside_its_durables() {
    run(async {
        let (broker, services) = (nats().await, descriptions());
        for service in &services {
            let mut intruder = Intruder::as_service(&broker, &service.name).await;
            // Its own durables included: what they are is the operator's to say.
            for (stream, durable) in services.iter().flat_map(durables) {
                let granted = |subject: &str| {
                    let own = service.stream.as_deref().is_some_and(|own| subject.ends_with(&format!(".{own}")));
                    service.erases_messages && own && subject.starts_with("$JS.API.STREAM.MSG.")
                };
                for subject in administration(stream, durable).into_iter().filter(|subject| !granted(subject)) {
                    intruder.may_not_publish(&subject).await;
                }
            }
            for subject in ["$JS.API.STREAM.CREATE.OWN", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.INFO"]
            {
                intruder.may_not_publish(subject).await;
            }
            for bucket in ["KV_config", "KV_revocations"] {
                intruder.may_not_publish(&format!("$JS.API.STREAM.PURGE.{bucket}")).await;
                intruder.may_not_publish(&format!("$JS.API.CONSUMER.CREATE.{bucket}")).await;
            }
            for other in services.iter().filter(|other| other.name != service.name) {
                let key = format!("{}.limit", other.name);
                intruder.may_not_publish(&format!("$JS.API.DIRECT.GET.KV_config.$KV.config.{key}")).await;
                intruder.may_not_publish(&format!("$KV.config.{key}")).await;
                intruder.may_not_subscribe(&format!("config.changed.{key}")).await;
                intruder.may_not_subscribe(&format!("config.judge.{}", other.name)).await;
            }
            // What it runs with is for the operator to say, and to ask.
            intruder.may_not_publish(&format!("$KV.config.{}.limit", service.name)).await;
            intruder.may_not_publish(&format!("config.report.{}", service.name)).await;
            let every = [">", "*", "*.>", "order.>", "payment.authorized", "stock.*", "product.>", "user.>", "dead.>"];
            for subject in every.into_iter().chain(["_INBOX.>", "$JS.>", "$KV.>", "$SYS.>", "config.changed.>"]) {
                intruder.may_not_subscribe(subject).await;
            }
            intruder.may_not_publish("$SYS.REQ.SERVER.PING").await;
            intruder.may_not_publish("unheard.of").await;
            if !service.revokes_sessions {
                intruder.may_not_publish("$KV.revocations.ses_01h455vb4pex5vsknk084sn02q").await;
            }
        }
    });
}

#[test]
fn every_service_may_publish_its_events_use_its_durables_and_read_its_configuration() {
    run(async {
        let (broker, services) = (nats().await, descriptions());
        let operator = jetstream::new(connect(&broker, OPERATOR).await);
        for service in &services {
            let mut client = Intruder::as_service(&broker, &service.name).await;
            let jetstream = jetstream::new(client.client.clone());
            for subject in &service.emits {
                jetstream.publish(subject.clone(), "{}".into()).await.unwrap().await.unwrap();
            }
            for read in &service.subscriptions {
                // What it reads is said by somebody else.
                let subject = read.subjects[0].clone();
                operator.publish(subject, "{}".into()).await.unwrap().await.unwrap();
                let mut consumer: PullConsumer =
                    jetstream.get_consumer_from_stream(&read.durable, &read.stream).await.unwrap();
                let mut messages = consumer.batch().max_messages(1).expires(SOON).messages().await.unwrap();
                let message = messages.next().await.unwrap().unwrap();
                message.double_ack().await.unwrap();
                assert!(consumer.info().await.unwrap().ack_floor.stream_sequence > 0, "{}", read.durable);
            }
            for key in ["user.jwks".to_owned(), format!("{}.limit", service.name)] {
                let subject = format!("$JS.API.DIRECT.GET.KV_config.$KV.config.{key}");
                let answer = client.client.request(subject, "".into()).await.unwrap();
                assert_eq!(answer.status, Some(async_nats::StatusCode::NOT_FOUND), "{key} is answered, and not there");
            }
            client.client.flush().await.unwrap();
            assert!(client.refused.try_recv().is_err(), "{} was refused something", service.name);
        }
    });
}

#[test]
fn the_auditor_may_read_what_it_compares_and_neither_publish_create_nor_listen() {
    run(async {
        let (broker, services) = (nats().await, descriptions());
        let mut auditor = Intruder::as_service(&broker, AUDITOR).await;
        for (stream, durable) in services.iter().flat_map(durables) {
            let granted = [
                format!("$JS.API.STREAM.MSG.GET.{stream}"),
                format!("$JS.API.DIRECT.GET.{stream}"),
                format!("$JS.API.CONSUMER.LIST.{stream}"),
            ];
            for subject in administration(stream, durable).iter().filter(|subject| !granted.contains(subject)) {
                auditor.may_not_publish(subject).await;
            }
            auditor.may_not_publish(&format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}")).await;
            auditor.may_not_publish(&format!("$JS.ACK.{stream}.{durable}.1.1.1.1.0")).await;
            auditor.may_not_publish(&format!("dead.{durable}")).await;
            auditor.may_not_publish(&format!("redrive.{durable}")).await;
        }
        for subject in services.iter().flat_map(|service| &service.emits) {
            auditor.may_not_publish(subject).await;
        }
        for subject in ["$KV.config.order.limit", "$JS.API.DIRECT.GET.KV_revocations.$KV.revocations.any", "unheard.of"]
        {
            auditor.may_not_publish(subject).await;
        }
        for subject in [">", "order.>", "user.>", "_INBOX.>", "_INBOX_order.>", "dead.>", "$JS.>"] {
            auditor.may_not_subscribe(subject).await;
        }
        let jetstream = jetstream::new(auditor.client.clone());
        let orders = jetstream.get_stream("ORDERS").await.unwrap();
        // What it may do is shown by every audit of these tests: it runs as this user.
        assert!(orders.get_raw_message(u64::MAX).await.is_err(), "there is none");
        assert!(auditor.refused.try_recv().is_err(), "it was refused something");
    });
}

#[test]
fn a_wrong_password_opens_no_connection() {
    run(async {
        let broker: Broker = nats().await;
        for user in ["order", OPERATOR, "nobody"] {
            let options = async_nats::ConnectOptions::with_user_and_password(user.to_owned(), "wrong".to_owned());
            assert!(options.connect(broker.nats_url()).await.is_err(), "{user}");
        }
        assert!(async_nats::connect(broker.nats_url()).await.is_err(), "nobody at all");
    });
}

/// Postgres' code for what a role has no right to.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

async fn tables(database: &Database) -> Vec<(String, String)> {
    let mut admin = PgConnection::connect(&database.admin_url()).await.unwrap();
    let query = "SELECT schemaname::text, tablename::text FROM pg_tables
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2";
    sqlx::query_as(query).fetch_all(&mut admin).await.unwrap()
}

#[test]
fn no_role_can_read_or_write_the_tables_of_another_schema() {
    run(async {
        let database = database().await;
        let tables = tables(&database).await;
        let mut foreign = 0;
        for service in database_users().filter(|user| *user != AUDITOR) {
            let mut role = PgConnection::connect(&database.url(service)).await.unwrap();
            let own: String = sqlx::query_scalar("SELECT current_schema()::text").fetch_one(&mut role).await.unwrap();
            let mut refuses = async |statement: String| {
                let refused = role.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
                let code = refused.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{service}: {statement}: {refused}");
            };
            for (schema, table) in tables.iter().filter(|(schema, _)| *schema != own) {
                refuses(format!("SELECT FROM {schema}.{table}")).await;
                refuses(format!("DELETE FROM {schema}.{table}")).await;
                foreign += 1;
            }
            // Nor may it change its own: that is for migrations.
            for (schema, table) in tables.iter().filter(|(schema, _)| *schema == own) {
                refuses(format!("DROP TABLE {schema}.{table}")).await;
                refuses(format!("TRUNCATE {schema}.{table}")).await;
            }
            refuses(format!("CREATE TABLE {own}.more ()")).await;
            refuses("CREATE TABLE public.more ()".to_owned()).await;
            refuses("CREATE ROLE another".to_owned()).await;
            refuses("SET ROLE livemart".to_owned()).await;
            role.execute("SELECT FROM seaql_migrations").await.unwrap();
        }
        assert!(foreign > 50, "there are tables to be refused: {foreign}");
    });
}

/// What an audit does not need, and what somebody could do harm with.
const SECRETS: [&str; 8] = [
    "SELECT password_hash FROM users.users",
    "SELECT FROM users.addresses",
    "SELECT payload FROM users.outbox",
    "SELECT shipping_address FROM orders.orders",
    "SELECT body FROM orders.idempotency_keys",
    "SELECT email FROM notifications.recipients",
    "SELECT secret FROM notifications.webhook_endpoints",
    "SELECT detail FROM notifications.mail_attempts",
];

#[test]
fn the_auditors_role_can_change_nothing_and_read_no_secret_and_nobodys_address() {
    run(async {
        let database = database().await;
        let tables = tables(&database).await;
        let mut auditor = PgConnection::connect(&database.url(AUDITOR)).await.unwrap();
        auditor.execute("SELECT order_id, status FROM orders.orders").await.unwrap();
        let mut refuses = async |statement: String| {
            let refused = auditor.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
            let code = refused.as_database_error().and_then(|error| error.code());
            assert_eq!(code.as_deref(), Some(INSUFFICIENT_PRIVILEGE), "{statement}: {refused}");
        };
        for (schema, table) in &tables {
            refuses(format!("DELETE FROM {schema}.{table}")).await;
            refuses(format!("INSERT INTO {schema}.{table} DEFAULT VALUES")).await;
            refuses(format!("TRUNCATE {schema}.{table}")).await;
        }
        for secret in SECRETS {
            refuses(secret.to_owned()).await;
        }
        refuses("CREATE TABLE orders.more ()".to_owned()).await;
        refuses("CREATE ROLE another".to_owned()).await;
        refuses("SET ROLE livemart_order".to_owned()).await;
    });
}
