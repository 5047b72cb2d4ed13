//! What is generated is what is on the disk, and the parts depend on each other as they should.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use livemart_contracts::Stream;
use livemart_streams::{descriptions, generated, leftovers, repository};
use serde_json::Value;

fn read(path: &Path) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_default()
}

#[test]
fn every_generated_file_is_what_the_services_declare() {
    for (path, content) in generated() {
        assert!(read(&path) == content, "{} is not what the services declare: run `just generate`", path.display());
    }
    let leftovers = leftovers().unwrap();
    assert!(leftovers.is_empty(), "no service declares {leftovers:?} any more: run `just generate`");
}

#[test]
fn every_subject_that_is_emitted_or_read_is_stored_by_one_stream() {
    let files = std::fs::read_dir(repository().join("streams")).unwrap();
    let files =
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let streams: Vec<(String, Vec<String>)> = files
        .map(|path| {
            let stream: Value = serde_json::from_str(&read(&path)).unwrap();
            let subjects = stream["subjects"].as_array().cloned().unwrap_or_default();
            let subjects = subjects.iter().map(|subject| subject.as_str().unwrap().to_owned()).collect();
            (stream["name"].as_str().unwrap_or_default().to_owned(), subjects)
        })
        .collect();
    let storing = |subject: &str| -> Vec<&str> {
        let stores = |filter: &String| filter.strip_suffix('>').is_some_and(|prefix| subject.starts_with(prefix));
        let stores = |subjects: &[String]| subjects.iter().any(stores);
        streams.iter().filter(|(_, subjects)| stores(subjects)).map(|(name, _)| name.as_str()).collect()
    };

    let services = descriptions();
    let emitted: BTreeSet<&String> = services.iter().flat_map(|service| &service.emits).collect();
    for subject in &emitted {
        let stream = Stream::of_subject(subject).map(Stream::name);
        assert_eq!(storing(subject), stream.into_iter().collect::<Vec<_>>(), "{subject}");
    }
    for read in services.iter().flat_map(|service| &service.subscriptions) {
        for subject in &read.subjects {
            assert!(emitted.contains(subject), "{} reads {subject}, which nobody emits", read.durable);
            assert_eq!(storing(subject), [read.stream.as_str()], "{}", read.durable);
        }
        assert_eq!(storing(&format!("dead.{}", read.durable)), ["DEAD_LETTERS"]);
    }
}

#[test]
fn no_two_services_emit_the_same_event_or_share_a_durable() {
    let services = descriptions();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for service in &services {
        let durables = service.subscriptions.iter().map(|read| read.durable.as_str());
        for name in service.emits.iter().map(String::as_str).chain(durables) {
            let other = owners.insert(name, &service.name);
            assert_eq!(other, None, "{name} belongs to {} as well", service.name);
        }
    }
    assert!(owners.len() > 30, "{owners:?}");
}

/// Each package of the workspace: its folder, and what it needs outside of its tests.
fn packages() -> BTreeMap<String, (String, Vec<String>)> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let root = metadata["workspace_root"].as_str().unwrap();
    let package = |package: &Value| {
        let manifest = package["manifest_path"].as_str().unwrap().strip_prefix(root).unwrap();
        let folder = manifest.trim_start_matches('/').split('/').next().unwrap_or_default();
        let needed = package["dependencies"].as_array().unwrap().iter().filter(|needed| needed["kind"] != "dev");
        let needed = needed.map(|needed| needed["name"].as_str().unwrap().to_owned()).collect();
        (package["name"].as_str().unwrap().to_owned(), (folder.to_owned(), needed))
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

#[test]
fn services_depend_on_what_is_shared_and_never_on_each_other() {
    let packages = packages();
    let folder = |name: &str| packages.get(name).map(|(folder, _)| folder.as_str());
    let services = packages.iter().filter(|(_, (folder, _))| folder == "services");
    assert!(services.clone().count() > 5);
    for (name, (_, needed)) in services {
        for needed in needed {
            // The operator's tool migrates the database; it is no part of the shop.
            let is_tool = name == "livemart-console" && needed == "livemart-migrations";
            assert!(is_tool || matches!(folder(needed), None | Some("shared")), "{name} depends on {needed}");
        }
    }
    for (name, (_, needed)) in packages.iter().filter(|(_, (folder, _))| folder == "shared") {
        let is_test_kit = name == "livemart-testing";
        for needed in needed.iter().filter(|needed| !(is_test_kit && *needed == "livemart-migrations")) {
            assert!(matches!(folder(needed), None | Some("shared")), "{name} depends on {needed}");
        }
    }
}

#[test]
fn only_tests_depend_on_the_test_kit() {
    for (name, (_, needed)) in packages() {
        assert!(!needed.contains(&"livemart-testing".to_owned()), "{name}");
    }
}
