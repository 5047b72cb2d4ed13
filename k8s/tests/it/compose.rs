//! compose.yaml names what is there: images that are built, variables that the services know, passwords of everybody.

use std::collections::BTreeSet;

use livemart_local::{SERVICES, database_users, nats_users, password_variable};
use livemart_testing::repository;
use serde_json::{Map, Value};

use crate::rendered::read_yaml;
use crate::services::keys;

#[test]
fn every_service_is_part_of_the_shop_and_knows_its_variables() {
    let compose = Compose::read();
    for service in SERVICES {
        let one = compose.service(service.name);
        assert_eq!(one["image"], format!("livemart-{}:${{LIVEMART_TAG:-local}}", service.name));
        assert_eq!(one["profiles"], serde_json::json!(["shop"]), "{}", service.name);
        let known = keys(service.name);
        for variable in environment(&one).filter(|variable| variable.starts_with("LIVEMART_")) {
            assert!(known.contains(&variable), "{} does not know {variable}", service.name);
        }
        let has_database = environment(&one).any(|variable| variable == "LIVEMART_DATABASE_URL");
        assert_eq!(has_database, service.database, "{}", service.name);
    }
}

#[test]
fn everybody_has_a_password() {
    let compose = Compose::read();
    let nats: BTreeSet<String> = environment(&compose.service("nats")).collect();
    for user in nats_users() {
        assert!(nats.contains(&password_variable(user)), "nats does not get the password of {user}");
    }
    let migrate: BTreeSet<String> = environment(&compose.service("migrate")).collect();
    for user in database_users() {
        let variable = format!("LIVEMART_DATABASE_{}_PASSWORD", user.to_uppercase());
        assert!(migrate.contains(&variable), "migrate does not get {variable}");
    }
}

#[test]
fn without_a_profile_there_are_the_servers_alone() {
    let compose = Compose::read();
    let started = compose.names().filter(|name| compose.service(name)["profiles"].is_null());
    assert_eq!(started.collect::<BTreeSet<_>>(), ["nats", "postgres", "redis"].map(str::to_owned).into());
}

#[test]
fn what_is_mounted_and_waited_for_is_there() {
    let compose = Compose::read();
    for name in compose.names() {
        let one = compose.service(&name);
        for volume in one["volumes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let source = volume.split(':').next().unwrap_or_default();
            let there = match source.strip_prefix("./") {
                Some(path) => repository().join(path).exists(),
                None => compose.0["volumes"].get(source).is_some(),
            };
            assert!(there, "{name} mounts {source}");
        }
        for (other, wait) in one["depends_on"].as_object().into_iter().flatten() {
            let waited_for = compose.service(other);
            let possible = wait["condition"] != "service_healthy" || waited_for["healthcheck"].is_object();
            assert!(possible, "{name} waits for {other}, which says nothing of its health");
        }
    }
}

#[test]
fn ports_are_published_on_this_machine_only() {
    let compose = Compose::read();
    for name in compose.names() {
        for port in compose.service(&name)["ports"].as_array().into_iter().flatten() {
            assert!(port.as_str().is_some_and(|port| port.starts_with("127.0.0.1:")), "{name}: {port}");
        }
    }
}

struct Compose(Value);

impl Compose {
    fn read() -> Self {
        Self(read_yaml(&repository().join("compose.yaml")).remove(0))
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.0["services"].as_object().expect("services").keys().cloned()
    }

    /// With what it merges in.
    fn service(&self, name: &str) -> Value {
        let service = self.0["services"].get(name).unwrap_or_else(|| panic!("compose.yaml has no service {name}"));
        merged(service)
    }
}

/// YAML's merge key: what is here already stays, and of several the first counts.
fn merged(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut all = Map::new();
    for (key, field) in fields.iter().filter(|(key, _)| *key != "<<") {
        all.insert(key.clone(), merged(field));
    }
    let sources = match fields.get("<<") {
        Some(Value::Array(sources)) => sources.clone(),
        Some(source) => vec![source.clone()],
        None => Vec::new(),
    };
    for source in sources {
        for (key, field) in merged(&source).as_object().into_iter().flatten() {
            all.entry(key.clone()).or_insert_with(|| field.clone());
        }
    }
    Value::Object(all)
}

fn environment(service: &Value) -> impl Iterator<Item = String> {
    service["environment"].as_object().into_iter().flatten().map(|(key, _)| key.clone())
}
