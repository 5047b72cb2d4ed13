//! The files of this directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use livemart_local::install::Checkers;
use livemart_testing::repository;
use serde_json::Value;

pub fn directory() -> PathBuf {
    repository().join("observability")
}

pub fn checkers() -> Checkers {
    Checkers::find(&repository().join(".livemart/tools")).unwrap_or_else(|error| panic!("{error}"))
}

pub fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    yaml_serde::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rules, of all groups.
pub fn rules() -> Vec<Value> {
    let groups = yaml(&directory().join("rules/livemart.yaml"))["groups"].take();
    let rules = groups.as_array().expect("groups").iter().flat_map(|group| group["rules"].as_array().expect("rules"));
    rules.cloned().collect()
}

/// Every dashboard, by the name of its file.
pub fn dashboards() -> Vec<(String, Value)> {
    let files =
        fs::read_dir(directory().join("dashboards")).expect("dashboards").map(|file| file.expect("a file").path());
    let mut dashboards: Vec<(String, Value)> = files
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a dashboard");
            let content = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), content)
        })
        .collect();
    dashboards.sort_by(|one, other| one.0.cmp(&other.0));
    dashboards
}

/// The expressions of a dashboard, with a range in place of Grafana's own variable.
pub fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets.map(|target| target["expr"].as_str().expect("an expression").replace("$__rate_interval", "1m")).collect()
}

/// Runs it in the directory of the rules, and fails with what it prints.
pub fn must_succeed(command: &mut Command) {
    let output =
        command.current_dir(directory().join("rules")).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?} failed\n{}", String::from_utf8_lossy(&said));
}
