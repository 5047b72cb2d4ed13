//! Every service has its manifest, and gets what it asks for.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use livemart_local::SERVICES;
use livemart_testing::{binaries, repository};
use serde_json::Value;

use crate::rendered::{output, overlay, overlays, secrets};

#[test]
fn every_service_has_what_it_needs_to_run() {
    for overlay in overlays() {
        for service in SERVICES {
            let what = format!("{}: {}", overlay.name, service.name);
            let deployment = overlay.find("Deployment", service.name).unwrap_or_else(|| panic!("{what}"));
            let labels = deployment.at("/spec/template/metadata/labels");
            assert_eq!(labels["app.kubernetes.io/name"], service.name, "{what}");
            assert_eq!(labels["livemart.dev/part"], "service", "{what}");
            assert_eq!(labels["livemart.dev/nats"], "client", "{what}");
            let database = if service.database { Value::from("client") } else { Value::Null };
            assert_eq!(labels.get("livemart.dev/postgres").unwrap_or(&Value::Null), &database, "{what}");
            assert_eq!(deployment.at("/metadata/labels").get("livemart.dev/part"), Some(&"service".into()), "{what}");
            let image = deployment.at("/spec/template/spec/containers/0/image").as_str().unwrap_or_default();
            assert!(image.contains(&format!("livemart-{}:", service.name)), "{what}: {image}");
            assert!(overlay.find("PodDisruptionBudget", service.name).is_some(), "{what}");
        }
        let deployed =
            overlay.of_kind("Deployment").filter(|one| one.at("/metadata/labels")["livemart.dev/part"] == "service");
        let deployed: BTreeSet<&str> = deployed.map(crate::rendered::Object::name).collect();
        assert_eq!(deployed, SERVICES.map(|service| service.name).into(), "{}", overlay.name);
    }
}

#[test]
fn every_service_scales_in_production() {
    for overlay in overlays().iter().filter(|overlay| overlay.name != "local") {
        for service in SERVICES {
            let scaled =
                ["HorizontalPodAutoscaler", "ScaledObject"].map(|kind| overlay.find(kind, service.name).is_some());
            assert!(scaled.contains(&true), "{}: nothing scales {}", overlay.name, service.name);
        }
    }
}

/// A key that is misspelt, or that a service lost, would be silently ignored.
#[test]
fn services_know_the_variables_that_they_are_given() {
    for service in SERVICES {
        let known = keys(service.name);
        for overlay in overlays() {
            let deployment = overlay.find("Deployment", service.name).expect("every service has one");
            let variables = deployment.at("/spec/template/spec/containers/0/env").as_array().expect("variables");
            let given = variables.iter().filter_map(|variable| variable["name"].as_str());
            for variable in given.filter(|variable| variable.starts_with("LIVEMART_")) {
                assert!(known.contains(variable), "{}: {} does not know {variable}", overlay.name, service.name);
            }
        }
    }
}

/// Who may migrate and who may make streams is one pod.
#[test]
fn the_passwords_of_the_servers_owners_are_in_the_operators_pod_alone() {
    for (object, pod) in overlay("prod").pods() {
        let text = pod.to_string();
        let all_powerful = ["operator-access", "postgres-access", "LIVEMART_ADMIN_DATABASE_URL"];
        let has = all_powerful.iter().any(|one| text.contains(one));
        assert_eq!(has, ["operator", "postgres"].contains(&object.name()), "{}", object.name());
    }
}

#[test]
fn a_service_gets_the_passwords_of_its_own_users_only() {
    for service in SERVICES {
        let deployment = overlay("prod").find("Deployment", service.name).expect("every service has one");
        let text = deployment.0.to_string();
        for secret in secrets().keys().filter(|secret| text.contains(&format!("\"{secret}\""))) {
            let own = *secret == format!("{}-access", service.name);
            assert!(
                own || (["gateway", "inventory", "product"].contains(&service.name) && secret == "redis-access"),
                "{} reads {secret}",
                service.name
            );
        }
    }
}

#[test]
fn keda_looks_at_every_durable_and_at_no_other() {
    let scaled = overlay("prod-keda").of_kind("ScaledObject").flat_map(|object| {
        let triggers = object.at("/spec/triggers").as_array().expect("triggers");
        let streams = triggers.iter().filter(|trigger| trigger["type"] == "nats-jetstream");
        streams.map(|trigger| {
            let metadata = &trigger["metadata"];
            assert_eq!(metadata["account"], "SHOP", "the account of nats/livemart.conf");
            let durable = metadata["consumer"].as_str().expect("a consumer");
            assert!(durable.starts_with(object.name()), "{durable} scales {}", object.name());
            format!("{}.{durable}.json", metadata["stream"].as_str().expect("a stream"))
        })
    });
    let scaled: BTreeSet<String> = scaled.collect();
    let files = fs::read_dir(repository().join("streams/consumers")).expect("a directory");
    let durables = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    assert_eq!(scaled, durables.collect());
}

/// What KEDA's own admission says of the rest: it refuses a Deployment that a rule of another name scales already, and warns of how
/// often to ask and when to go to none, as these never go to none.
#[test]
fn keda_takes_over_the_rules_of_autoscaling_and_looks_at_the_processors_too() {
    for scaled in overlay("prod-keda").of_kind("ScaledObject") {
        let name = scaled.name();
        let before = overlay("prod").find("HorizontalPodAutoscaler", name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(scaled.at("/spec/advanced/horizontalPodAutoscalerConfig/name"), name, "{name} is scaled by two");
        let takes_over = &scaled.at("/metadata/annotations")["scaledobject.keda.sh/transfer-hpa-ownership"];
        assert_eq!(takes_over, "true", "{name}");
        let triggers = scaled.at("/spec/triggers").as_array().expect("triggers");
        let processors = triggers.iter().find(|trigger| trigger["type"] == "cpu").unwrap_or_else(|| panic!("{name}"));
        assert_eq!(processors["metricType"], "Utilization", "{name}");
        let limit = before.at("/spec/metrics/0/resource/target/averageUtilization").to_string();
        assert_eq!(processors["metadata"]["value"], limit.as_str(), "{name}");
        assert!(scaled.at("/spec/minReplicaCount").as_u64().is_some_and(|replicas| replicas > 0), "{name}");
        for ignored in ["/spec/pollingInterval", "/spec/cooldownPeriod"] {
            assert!(scaled.at(ignored).is_null(), "{name}: {ignored} is not read");
        }
    }
}

/// The keys that `livemart-<service> config` prints.
pub fn keys(service: &str) -> BTreeSet<String> {
    let table = output(Command::new(binaries().join(format!("livemart-{service}"))).arg("config"));
    table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(key, _)| key.to_owned()).collect()
}
