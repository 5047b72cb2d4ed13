use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use livemart_local::SERVICES;
use livemart_testing::repository;
use serde_json::Value;

use crate::files::{checkers, directory, must_succeed, rules, yaml};

#[test]
fn the_rules_and_the_configuration_are_what_prometheus_reads() {
    must_succeed(Command::new(checkers().promtool).args(["check", "rules", "livemart.yaml"]));
    must_succeed(Command::new(checkers().promtool).args(["check", "config", "../prometheus.yaml"]));
}

#[test]
fn alerts_come_when_they_should_and_only_then() {
    must_succeed(Command::new(checkers().promtool).args(["test", "rules", "tests.yaml"]));
}

#[test]
fn every_alert_has_a_test_that_sees_it_and_one_that_does_not() {
    let tests = yaml(&directory().join("rules/tests.yaml"));
    let cases = || {
        let tests = tests["tests"].as_array().expect("tests").iter();
        tests.flat_map(|test| test["alert_rule_test"].as_array().expect("alert_rule_test"))
    };
    for rule in rules() {
        let alert = &rule["alert"];
        let nothing = Value::Array(Vec::new());
        let mut of_alert = cases().filter(|case| &case["alertname"] == alert).map(|case| case["exp_alerts"] == nothing);
        let (seen, unseen) = (of_alert.clone().any(|silent| !silent), of_alert.any(|silent| silent));
        assert!(seen && unseen, "{alert}");
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let directory = repository().join("docs/runbooks");
    let mut names = BTreeSet::new();
    for rule in rules() {
        let name = rule["alert"].as_str().expect("a name").to_owned();
        assert_eq!(rule["annotations"]["runbook"], format!("docs/runbooks/{name}.md"));
        let text =
            fs::read_to_string(directory.join(format!("{name}.md"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        for heading in ["## Meaning", "## First look", "## Fix", "## How to check"] {
            assert!(text.contains(heading), "{name} says nothing under {heading}");
        }
        names.insert(format!("{name}.md"));
    }
    let files = fs::read_dir(directory).expect("runbooks").map(|file| file.expect("a file").file_name());
    let files: BTreeSet<String> =
        files.map(|name| name.to_string_lossy().into_owned()).filter(|name| name != "README.md").collect();
    assert_eq!(files, names);
}

#[test]
fn prometheus_asks_every_service() {
    let configuration = yaml(&directory().join("prometheus.yaml"));
    let names = configuration["scrape_configs"][0]["dns_sd_configs"][0]["names"].as_array().expect("names");
    let asked: BTreeSet<&str> = names.iter().filter_map(Value::as_str).collect();
    assert_eq!(asked, SERVICES.map(|service| service.name).into());
}

/// The Prometheus operator takes rules as an object, Prometheus itself as a file.
#[test]
fn the_object_for_kubernetes_has_the_same_rules() {
    let file = yaml(&directory().join("rules/livemart.yaml"));
    let object = yaml(&directory().join("prometheus-rule.yaml"));
    assert_eq!(object["spec"]["groups"], file["groups"]);
}
