//! One Dockerfile for all images.

use std::fs;
use std::process::Command;

use livemart_local::SERVICES;
use livemart_testing::repository;

use crate::rendered::{checkers, output};

#[test]
fn the_dockerfile_is_without_fault() {
    output(Command::new(checkers().hadolint).arg(repository().join("Dockerfile")));
}

#[test]
fn an_image_is_built_of_every_service() {
    let bake = fs::read_to_string(repository().join("docker-bake.hcl")).expect("docker-bake.hcl");
    let list = bake.lines().find(|line| line.contains("item = [")).expect("the services");
    let mut built: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
    let mut services = SERVICES.map(|service| service.name);
    built.sort_unstable();
    services.sort_unstable();
    assert_eq!(built, services);
}

/// What is not sent to the builder cannot be copied into an image, and what is need not be.
#[test]
fn the_builder_gets_the_members_of_the_workspace_and_no_passwords() {
    let ignore = fs::read_to_string(repository().join(".dockerignore")).expect(".dockerignore");
    let lines: Vec<&str> = ignore.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.first(), Some(&"*"), "everything else is ignored");
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("Cargo.toml");
    let members = manifest.lines().find(|line| line.starts_with("members")).expect("members");
    for member in members.split('"').skip(1).step_by(2) {
        let folder = member.trim_end_matches("/*");
        let sent =
            lines.iter().any(|line| line.strip_prefix('!').is_some_and(|path| path.split('/').next() == Some(folder)));
        assert!(sent, "the builder does not get {folder}");
    }
    assert!(lines.contains(&"**/secrets") && lines.contains(&"**/.env"));
}
