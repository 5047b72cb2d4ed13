use std::fs;
use std::path::Path;

use livemart_local::streams::{self, Definitions};
use livemart_local::{OPERATOR, Servers, operator};
use serde_json::{Value, json};

use crate::fixture::options;

fn write(directory: &Path, name: &str, config: Value) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, config.to_string()).unwrap();
}

fn write_orders(directory: &Path, max_age: u64, storage: &str) {
    write(
        directory,
        "ORDERS.json",
        json!({
            "name": "ORDERS", "subjects": ["order.>"], "retention": "limits", "storage": storage,
            "num_replicas": 1, "max_bytes": 1_048_576, "max_age": max_age, "discard": "new",
            "duplicate_window": 60_000_000_000_u64, "deny_delete": true, "deny_purge": false,
            "allow_atomic": true, "compression": "s2", "metadata": {"owner": "order"},
        }),
    );
}

fn write_consumer(directory: &Path, ack_wait: u64) {
    write(
        directory,
        "consumers/ORDERS.payment-order-created.json",
        json!({
            "durable_name": "payment-order-created", "deliver_policy": "all", "ack_policy": "explicit",
            "ack_wait": ack_wait, "max_deliver": -1, "max_ack_pending": 256, "num_replicas": 0,
            "filter_subjects": ["order.created"], "replay_policy": "instant",
        }),
    );
}

const SECOND: u64 = 1_000_000_000;

#[tokio::test]
async fn streams_and_consumers_become_what_the_files_say() {
    let (_configuration, options) = options();
    let servers = Servers::start(options).await.unwrap();
    let client = operator(&servers.nats_url(), OPERATOR, servers.nats_password(OPERATOR)).await.unwrap();
    let files = tempfile::tempdir().unwrap();
    write_orders(files.path(), 600 * SECOND, "file");
    write_consumer(files.path(), 30 * SECOND);
    write(
        files.path(),
        "KV_config.json",
        json!({
            "name": "KV_config", "subjects": ["$KV.config.>"], "max_msgs_per_subject": 10, "storage": "file",
            "discard": "new", "allow_rollup_hdrs": true, "deny_delete": true, "allow_direct": true,
            "republish": {"src": "$KV.config.>", "dest": "config.changed.>"},
        }),
    );
    write(files.path(), "asyncapi.json", json!({"asyncapi": "3.0.0"}));

    let definitions = Definitions::read(files.path()).unwrap();
    let plan = streams::plan(&client, &definitions).await.unwrap();
    assert_eq!(plan.to_string(), "+ KV_config\n+ ORDERS\n+ ORDERS.payment-order-created\n");
    streams::apply(&client, &definitions, &plan).await.unwrap();

    let again = streams::plan(&client, &definitions).await.unwrap();
    assert!(again.is_empty(), "not idempotent:\n{again}");

    write_orders(files.path(), 700 * SECOND, "file");
    write_consumer(files.path(), 20 * SECOND);
    let definitions = Definitions::read(files.path()).unwrap();
    let plan = streams::plan(&client, &definitions).await.unwrap();
    assert_eq!(
        plan.to_string(),
        "~ ORDERS\n    max_age: 600000000000 -> 700000000000\n\
         ~ ORDERS.payment-order-created\n    ack_wait: 30000000000 -> 20000000000\n"
    );
    streams::apply(&client, &definitions, &plan).await.unwrap();

    write_orders(files.path(), 800 * SECOND, "memory");
    let definitions = Definitions::read(files.path()).unwrap();
    let plan = streams::plan(&client, &definitions).await.unwrap();
    let error = streams::apply(&client, &definitions, &plan).await.unwrap_err().to_string();
    assert!(error.contains(r#"ORDERS storage: "file" -> "memory""#), "{error}");

    write_orders(files.path(), 700 * SECOND, "file");
    fs::remove_dir_all(files.path().join("consumers")).unwrap();
    let definitions = Definitions::read(files.path()).unwrap();
    let plan = streams::plan(&client, &definitions).await.unwrap();
    assert!(plan.is_empty(), "a refused plan changed something:\n{plan}");
    assert_eq!(plan.strangers(), ["ORDERS.payment-order-created"]);
    servers.stop().await.unwrap();
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_its_words() {
    let (_configuration, options) = options();
    let servers = Servers::start(options).await.unwrap();
    let client = operator(&servers.nats_url(), OPERATOR, servers.nats_password(OPERATOR)).await.unwrap();
    let files = tempfile::tempdir().unwrap();
    write(files.path(), "ORDERS.json", json!({"name": "ORDERS", "subjects": ["order.>"], "no_such_field": 1}));
    let definitions = Definitions::read(files.path()).unwrap();
    let plan = streams::plan(&client, &definitions).await.unwrap();
    let error = streams::apply(&client, &definitions, &plan).await.unwrap_err().to_string();
    assert!(error.contains("no_such_field"), "{error}");
    servers.stop().await.unwrap();
}
