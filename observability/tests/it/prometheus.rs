//! A real Prometheus, with the rules of this repository, scrapes a shop that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use livemart_local::{AUDITOR, SERVICES};
use livemart_testing::{Shop, binaries, eventually, run};
use serde_json::{Value, json};

use crate::files::{checkers, dashboards, directory, expressions, rules};
use crate::promql::metrics;

/// What is measured by exporters beside the servers, which a test has not: names from their own sources.
const OF_EXPORTERS: [&str; 14] = [
    "gnatsd_varz_connections",
    "jetstream_consumer_num_pending",
    "jetstream_server_max_storage",
    "jetstream_server_total_message_bytes",
    "jetstream_stream_total_bytes",
    "jetstream_stream_total_messages",
    "pg_database_size_bytes",
    "pg_settings_max_connections",
    "pg_stat_activity_count",
    "pg_stat_database_xact_commit",
    "pg_stat_database_xact_rollback",
    "pg_up",
    "redis_memory_used_bytes",
    "redis_up",
];

#[test]
fn rules_and_dashboards_name_what_a_shop_measures() {
    run(async {
        let shop = Shop::open().await;
        let audit = Audit::of(&shop);
        let prometheus = Prometheus::start(&targets(&shop, &audit).await);
        let customer = shop.customer().await;
        let product = shop.product(1_500, 10).await;
        let paid = customer.places(&[(product, 1)], "pm_card_visa").await;
        let refused = customer.places(&[(product, 1)], "pm_card_declined").await;
        customer.sees_payment(paid, "captured").await;
        shop.settles(&[paid, refused]).await;

        for service in SERVICES {
            prometheus.sees(&format!("up{{job=\"livemart\",service=\"{}\"}} == 1", service.name)).await;
        }
        let mut named = BTreeSet::new();
        let of_rules = rules().into_iter().map(|rule| rule["expr"].as_str().expect("an expression").to_owned());
        for expression in of_rules.chain(dashboards().iter().flat_map(|(_, dashboard)| expressions(dashboard))) {
            // Whether there is anything or not, it is understood.
            prometheus.query(&expression).await.unwrap_or_else(|error| panic!("{expression}: {error}"));
            named.extend(metrics(&expression));
        }
        let unknown: Vec<&str> = OF_EXPORTERS.into_iter().filter(|name| !named.contains(*name)).collect();
        assert!(unknown.is_empty(), "nothing names {unknown:?} any more");
        for name in named.iter().filter(|name| !OF_EXPORTERS.contains(&name.as_str()) && is_measured_here(name)) {
            prometheus.sees(name).await;
        }
        prometheus.sees("increase(livemart_events_created_total{subject=\"order.confirmed\"}[1m]) >= 0").await;
        let firing = prometheus.query("ALERTS{alertstate=\"firing\"}").await.expect("an answer");
        let of_services = firing.iter().filter(|alert| alert["metric"]["severity"] == "critical");
        let names: Vec<&Value> = of_services.map(|alert| &alert["metric"]["alertname"]).collect();
        // The exporters are not there, which takes a minute to be noticed.
        assert!(names.iter().all(|name| **name == "NatsDown" || **name == "PostgresDown"), "{names:?}");
        shop.close().await;
    });
}

/// What a process needs is measured on Linux only.
fn is_measured_here(name: &str) -> bool {
    cfg!(target_os = "linux") || !name.starts_with("process_")
}

/// `livemart audit --listen`, with the auditor's own rights.
struct Audit {
    process: Child,
    address: String,
}

impl Audit {
    fn of(shop: &Shop) -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let process = Command::new(binaries().join("livemart"))
            .args(["audit", "--every", "1", "--listen", &address, "--user", AUDITOR])
            .args(["--url", &shop.servers.nats_url(), "--password", shop.servers.nats_password(AUDITOR)])
            .args(["--database-url", &shop.servers.database_url(AUDITOR)])
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("livemart audit: {error}"));
        Self { process, address }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port()
}

/// The admin ports, by service, and the audit.
async fn targets(shop: &Shop, audit: &Audit) -> BTreeMap<String, Vec<String>> {
    let mut targets = BTreeMap::from([("audit".to_owned(), vec![audit.address.clone()])]);
    for replica in shop.discovery().replicas().await.unwrap_or_else(|error| panic!("{error}")) {
        let host = replica.admin.trim_start_matches("http://").to_owned();
        targets.entry(replica.service).or_default().push(host);
    }
    targets
}

struct Prometheus {
    process: Child,
    url: String,
    _directory: tempfile::TempDir,
}

impl Prometheus {
    fn start(targets: &BTreeMap<String, Vec<String>>) -> Self {
        let scratch = tempfile::tempdir().expect("a directory");
        let port = free_port();
        let jobs = targets.iter().map(|(service, hosts)| json!({ "targets": hosts, "labels": { "service": service } }));
        let configuration = json!({
            // Quick, so that a rate has its two points at once.
            "global": { "scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s" },
            "rule_files": [directory().join("rules/livemart.yaml")],
            "scrape_configs": [{ "job_name": "livemart", "static_configs": jobs.collect::<Vec<_>>() }],
        });
        let file = scratch.path().join("prometheus.yml");
        // JSON is YAML.
        fs::write(&file, configuration.to_string()).expect("a file");
        let log = fs::File::create(scratch.path().join("log")).expect("a file");
        let process = Command::new(checkers().prometheus)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", scratch.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}"));
        Self { process, url: format!("http://127.0.0.1:{port}"), _directory: scratch }
    }

    /// Waits until the expression has a value.
    async fn sees(&self, expression: &str) {
        eventually(&format!("Prometheus seeing {expression}"), async || match self.query(expression).await {
            Ok(values) if values.is_empty() => Err("no value".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        })
        .await;
    }

    async fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let request = reqwest::Client::new().get(format!("{}/api/v1/query", self.url)).query(&[("query", expression)]);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let answer: Value = answer.json().await.map_err(|error| error.to_string())?;
        match answer["data"]["result"].as_array() {
            Some(result) if answer["status"] == "success" => Ok(result.clone()),
            _ => Err(answer.to_string()),
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
