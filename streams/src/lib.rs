//! The choreography as data.
//!
//! Beside this crate's sources lie the definitions that the `nats` CLI reads: `*.json` are streams, written by hand,
//! `consumers/*.json` durables, generated. The source of what is generated is each service's own declaration
//! (`fn service()`): what it emits, reacts to and projects; for `schemas/` and `asyncapi.json` the events' own
//! structs, and for `docs/openapi.json` the signatures of the handlers.
//! `golden/` holds samples of events that must decode for ever. [`simulator`] runs the saga without servers.

mod asyncapi;
mod catalogue;
mod consumers;
pub mod events;
pub mod golden;
mod openapi;
mod permissions;
mod schemas;
pub mod simulator;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::{Args, Command, FromArgMatches};
use livemart_runtime::{Description, Service};
use serde_json::Value;

/// The folder of the generated durables, below the repository.
pub const CONSUMERS: &str = "streams/consumers";

/// The clone around the working directory.
pub fn repository() -> &'static Path {
    static REPOSITORY: LazyLock<PathBuf> =
        LazyLock::new(|| livemart_local::repository().unwrap_or_else(|error| panic!("{error}")));
    &REPOSITORY
}

/// Every service, in the order of the design.
pub fn services() -> Vec<Service> {
    vec![
        declared(livemart_gateway::service),
        declared(livemart_user::service),
        declared(livemart_product::service),
        declared(livemart_order::service),
        declared(livemart_payment::service),
        declared(livemart_inventory::service),
        declared(livemart_notification::service),
        declared(livemart_analytics::service),
        declared(livemart_storefront::service),
    ]
}

/// What every service says about itself.
pub fn descriptions() -> Vec<Description> {
    services().iter().map(Service::describe).collect()
}

fn declared<C: Args + FromArgMatches>(service: fn(C) -> Service) -> Service {
    let matches = C::augment_args(Command::new("describe")).get_matches_from(["describe"]);
    let config = C::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    service(config)
}

/// Every generated file: its path below the repository, and what it holds.
pub fn generated() -> BTreeMap<PathBuf, String> {
    let services = descriptions();
    let events = events::events();
    let mut files = consumers::files(&services);
    files.extend(schemas::files(&events));
    files.extend(golden::files(repository(), &events));
    files.insert("docs/openapi.json".into(), openapi::document());
    files.insert("streams/asyncapi.json".into(), asyncapi::document(&services, &events));
    files.insert("nats/permissions.conf".into(), permissions::conf(&services));
    files.insert("streams/CATALOGUE.md".into(), catalogue::markdown(&services));
    files
}

/// A generated document. Keys are sorted here, since a build whose tests need serde_json's `preserve_order` would keep
/// them as they were declared.
fn json(mut document: Value) -> String {
    document.sort_all_objects();
    format!("{document:#}\n")
}

/// Durables on the disk that no service declares any more.
pub fn leftovers() -> std::io::Result<Vec<PathBuf>> {
    let generated = generated();
    let mut leftovers = Vec::new();
    for entry in std::fs::read_dir(repository().join(CONSUMERS))? {
        let entry = entry?;
        if !generated.contains_key(&Path::new(CONSUMERS).join(entry.file_name())) {
            leftovers.push(entry.path());
        }
    }
    Ok(leftovers)
}
