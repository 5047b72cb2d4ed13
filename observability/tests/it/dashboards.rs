use std::collections::BTreeSet;

use crate::files::{dashboards, directory, expressions, yaml};
use crate::promql::metrics;

#[test]
fn dashboards_are_what_grafana_reads() {
    let names: Vec<String> = dashboards().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["messaging", "saga", "servers", "services", "shop"]);
    let datasources = yaml(&directory().join("grafana/datasources/livemart.yaml"));
    let known: BTreeSet<&str> =
        datasources["datasources"].as_array().expect("a list").iter().filter_map(|one| one["uid"].as_str()).collect();
    for (name, dashboard) in dashboards() {
        assert_eq!(dashboard["uid"], format!("livemart-{name}"));
        let panels = dashboard["panels"].as_array().expect("panels");
        let ids: BTreeSet<u64> = panels.iter().filter_map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), panels.len(), "{name}: ids are unique");
        for panel in panels {
            let uid = panel["datasource"]["uid"].as_str().expect("a datasource");
            assert!(known.contains(uid), "{name}: {} asks {uid}", panel["title"]);
        }
        for expression in expressions(&dashboard) {
            assert!(!metrics(&expression).is_empty(), "{name}: {expression} names no metric");
        }
    }
}

#[test]
fn the_config_map_holds_every_dashboard() {
    let kustomization = yaml(&directory().join("kustomization.yaml"));
    let files = kustomization["configMapGenerator"][0]["files"].as_array().expect("files");
    let listed: BTreeSet<String> = files.iter().map(|file| file.as_str().expect("a path").to_owned()).collect();
    assert_eq!(listed, dashboards().into_iter().map(|(name, _)| format!("dashboards/{name}.json")).collect());
}
