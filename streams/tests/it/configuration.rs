//! The central configuration: changed while the shop runs, refused where it is bad, kept over a start without it.

use async_nats::jetstream::{self, kv};
use chrono::{DateTime, TimeDelta, Utc};
use livemart_local::{Addresses, OPERATOR, ShopOptions};
use livemart_testing::{Customer, Shop, TestServers, binaries, connect, eventually, run};
use serde_json::{Value, json};

use crate::console::{Said, livemart, livemart_at};

const DEADLINE: &str = "order.deadline_seconds";
const LOW_STOCK: &str = "inventory.low_stock";
const READ_SECONDS: &str = "inventory.config_read_seconds";

/// Some services, without a gateway in front of them.
struct Part {
    services: livemart_local::Shop,
    servers: TestServers,
}

impl Part {
    async fn start(services: &[&str], configure: impl FnOnce(ShopOptions) -> ShopOptions) -> Self {
        let servers = TestServers::start(|options| options).await;
        let options = configure(ShopOptions::only(&binaries(), services).unwrap());
        let services = livemart_local::Shop::start(&servers, &options).await.unwrap();
        Self { services, servers }
    }

    async fn config(&self, arguments: &str) -> Said {
        livemart_at(self.servers.addresses(), &format!("config {arguments}")).await
    }

    /// What the first replica says of `key`.
    async fn reported(&self, key: &str) -> Value {
        reported(self.servers.addresses(), key).await.remove(0).1
    }

    async fn jetstream(&self) -> jetstream::Context {
        jetstream::new(connect(&self.servers, OPERATOR).await)
    }

    async fn bucket(&self) -> kv::Store {
        self.jetstream().await.get_key_value("config").await.unwrap()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.services.instance("order").unwrap().program().log).unwrap()
    }

    async fn stop(self) {
        self.services.stop().await.unwrap();
        self.servers.stop().await;
    }
}

/// What each replica says of `key`, by its name.
async fn reported(shop: &Addresses, key: &str) -> Vec<(String, Value)> {
    let service = key.split('.').next().unwrap();
    let listed = livemart_at(shop, &format!("config ls {service} --json")).await.json();
    let replicas = listed["replicas"].as_array().unwrap().iter();
    let find = |replica: &Value| replica["keys"].as_array().unwrap().iter().find(|one| one["key"] == key).cloned();
    replicas.map(|replica| (replica["instance"].as_str().unwrap().to_owned(), find(replica).unwrap())).collect()
}

/// How long an order that is placed at `address` may take.
async fn time_given(customer: &Customer, address: &str, order: &Value) -> TimeDelta {
    let request = customer.api.elsewhere(address).request(reqwest::Method::POST, "/api/v1/orders");
    let key = uuid::Uuid::new_v4().to_string();
    let placed = customer.api.send(request.header("idempotency-key", key).json(order)).await.expect(201);
    let time = |name: &str| placed[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    time("expires_at") - time("created_at")
}

#[test]
fn a_change_takes_effect_at_every_replica_while_it_runs_and_is_taken_back() {
    run(async {
        let shop = Shop::open_with(|options| ShopOptions { replicas: 2, ..options }).await;
        let (product, customer) = (shop.product(1_000, 100).await, shop.customer().await);
        let order = json!({ "lines": [{ "product_id": product, "quantity": 1 }], "payment_method": "pm_card_visa" });
        let replicas = shop.discovery().replicas().await.unwrap();
        let orders: Vec<&str> =
            replicas.iter().filter(|one| one.service == "order").map(|one| one.address.as_str()).collect();
        assert_eq!(orders.len(), 2);

        let set = livemart(&shop, "config set order.deadline_seconds 17").await;
        assert!(set.succeeded && set.text.contains("taken by order-1, order-2"), "{}", set.text);
        for address in &orders {
            assert_eq!(time_given(&customer, address, &order).await, TimeDelta::seconds(17));
        }
        // The command waited for all of them: their reports are settled.
        let told = reported(shop.servers.addresses(), DEADLINE).await;
        let revision = told[0].1["revision"].as_u64().unwrap();
        for (instance, key) in &told {
            let told = (&key["value"], &key["source"], key["revision"].as_u64());
            assert_eq!(told, (&json!("17"), &json!("bucket"), Some(revision)), "{instance}");
        }
        eventually("the gateway showing which revision each replica runs", async || {
            let services = shop.staff().await.api.get("/api/v1/services?limit=100").await.expect(200);
            let of = |name: &str| -> Vec<Option<u64>> {
                let replicas = services["data"].as_array().unwrap().iter().filter(|one| one["name"] == name);
                replicas.map(|one| one["configuration"]["revision"].as_u64()).collect()
            };
            let (order, payment) = (of("order"), of("payment"));
            let is = order == [Some(revision); 2] && payment == [Some(0); 2];
            if is { Ok(()) } else { Err(format!("{order:?} {payment:?}")) }
        })
        .await;

        let unset = livemart(&shop, "config unset order.deadline_seconds").await;
        assert!(unset.succeeded, "{}", unset.text);
        for address in &orders {
            assert_eq!(time_given(&customer, address, &order).await, TimeDelta::seconds(60));
        }
        shop.close().await;
    });
}

#[test]
fn a_bad_value_is_refused_and_the_one_before_stays() {
    run(async {
        let part = Part::start(&["order"], |options| options).await;
        let bucket = part.bucket().await;
        assert!(part.config("set order.deadline_seconds 30").await.succeeded);

        // The console puts nothing that a replica would refuse.
        for (change, reason) in [
            ("order.deadline_seconds 0", "0 is not from 1 to 3600"),
            ("order.deadline_seconds soon", "not a number"),
            ("order.log_filter order=loud", "order.log_filter cannot be"),
            ("order.database_connections 3", "LIVEMART_DATABASE_CONNECTIONS"),
            ("order.nats_password secret", "LIVEMART_NATS_PASSWORD"),
            ("order.deadline 3", "no key of this name"),
            ("nobody.deadline 3", "nobody"),
            ("inventory.low_stock 3", "no replica of inventory answers"),
        ] {
            let refused = part.config(&format!("set {change}")).await;
            assert!(!refused.succeeded && refused.text.contains(reason), "{change}: {}", refused.text);
        }
        let one_line = part.config("set order.deadline_seconds 0").await.text;
        assert_eq!(one_line.trim().lines().count(), 1, "{one_line}");
        assert_eq!(bucket.get(DEADLINE).await.unwrap().unwrap(), "30");

        // Put past it, as `nats kv put config` does.
        let revision = bucket.put(DEADLINE, "a week".into()).await.unwrap();
        let refused = eventually("the value being refused", async || {
            let key = part.reported(DEADLINE).await;
            if key["refused"].is_null() { Err(key.to_string()) } else { Ok(key) }
        })
        .await;
        let reason = json!({ "value": "a week", "revision": revision, "reason": "not a number from 1 to 3600" });
        assert_eq!((&refused["value"], &refused["refused"]), (&json!("30"), &reason));
        let listed = part.config("ls order").await.text;
        assert!(listed.contains("order-1 refuses \"a week\" for order.deadline_seconds"), "{listed}");
        let log = part.log();
        assert!(log.contains("a value of the configuration is refused key=\"deadline_seconds\""), "{log}");

        bucket.put("order.nats_password", "hunter2".into()).await.unwrap();
        let refused = eventually("the secret being refused", async || {
            let listed = part.config("ls order").await.text;
            if listed.contains("refuses what was put for order.nats_password") { Ok(listed) } else { Err(listed) }
        })
        .await;
        assert!(!refused.contains("hunter2") && !part.log().contains("hunter2"), "{refused}");
        part.stop().await;
    });
}

#[test]
fn a_replica_that_starts_without_the_bucket_goes_on_with_what_it_took_last() {
    run(async {
        let part = Part::start(&["order"], |options| options).await;
        assert!(part.config("set order.deadline_seconds 21").await.succeeded);
        let jetstream = part.jetstream().await;
        jetstream.delete_stream("KV_config").await.unwrap();

        part.services.instance("order").unwrap().kill().await.unwrap();
        part.services.ready().await.unwrap();
        // There is no bucket, so the operator's program cannot open it; the replica says it itself.
        let asked = connect(&part.servers, OPERATOR).await.request("config.report.order", "".into()).await.unwrap();
        let report: Value = serde_json::from_slice(&asked.payload).unwrap();
        let key = report["keys"].as_array().unwrap().iter().find(|key| key["key"] == DEADLINE).unwrap();
        assert_eq!((&key["value"], &key["source"]), (&json!("21"), &json!("bucket")));
        part.stop().await;
    });
}

#[test]
fn a_change_of_which_no_hint_came_is_found_by_looking_and_after_a_reconnect() {
    run(async {
        let often = |options: ShopOptions| options.with("LIVEMART_CONFIG_READ_SECONDS", "1");
        let part = Part::start(&["order", "inventory"], often).await;
        // The second service looks so seldom that only the reconnect can bring it the news.
        assert!(part.config("set inventory.config_read_seconds 3600").await.succeeded);
        eventually("the second service looking seldom", async || match part.reported(READ_SECONDS).await {
            key if key["value"] == "3600" => Ok(()),
            key => Err(key.to_string()),
        })
        .await;
        let jetstream = part.jetstream().await;
        let mut config = jetstream.get_stream("KV_config").await.unwrap().cached_info().config.clone();
        config.republish = None;
        jetstream.update_stream(config).await.unwrap();

        let bucket = part.bucket().await;
        bucket.put(DEADLINE, "33".into()).await.unwrap();
        bucket.put(LOW_STOCK, "9".into()).await.unwrap();
        eventually("the one that looks often finding it", async || match part.reported(DEADLINE).await {
            key if key["value"] == "33" => Ok(()),
            key => Err(key.to_string()),
        })
        .await;
        assert_eq!(part.reported(LOW_STOCK).await["value"], "5", "nobody told the other");

        part.servers.nats().kill().await.unwrap();
        eventually("the other finding it after the reconnect", async || {
            // The operator's program cannot connect while the server starts.
            let listed = part.config("ls inventory").await;
            let row = listed.text.lines().find(|line| line.starts_with(LOW_STOCK)).unwrap_or(&listed.text);
            if row.contains(" 9 ") { Ok(()) } else { Err(row.to_owned()) }
        })
        .await;
        part.stop().await;
    });
}

#[test]
fn the_log_filter_changes_while_a_service_runs() {
    run(async {
        let part = Part::start(&["order"], |options| options).await;
        assert!(!part.log().contains("DEBUG"));
        assert!(part.config("set order.log_filter debug").await.succeeded);
        let seen = async || if part.log().contains("DEBUG") { Ok(()) } else { Err("none") };
        eventually("a line of debugging", seen).await;
        part.stop().await;
    });
}
