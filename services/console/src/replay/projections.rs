//! Which projections there are: the programs of the services say so.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use livemart_local::SERVICES;
use serde::Deserialize;
use tokio::process::Command;

use crate::repository::directory_of_binaries;

/// What is needed of what a service says about itself.
#[derive(Deserialize)]
struct Description {
    name: String,
    subscriptions: Vec<Subscription>,
}

#[derive(Deserialize)]
struct Subscription {
    durable: String,
    stream: String,
    subjects: Vec<String>,
    kind: String,
}

pub(crate) struct Projection {
    pub(crate) durable: String,
    pub(crate) stream: String,
    pub(crate) subjects: Vec<String>,
    pub(crate) service: String,
    pub(crate) program: PathBuf,
}

/// In the order of their names.
pub(super) async fn all() -> Result<Vec<Projection>> {
    let directory = directory_of_binaries()?;
    let programs = SERVICES.iter().filter(|service| service.database);
    let described = programs.map(|service| of(directory.join(format!("livemart-{}", service.name))));
    let mut projections: Vec<Projection> = try_join_all(described).await?.into_iter().flatten().collect();
    projections.sort_unstable_by(|one, other| one.durable.cmp(&other.durable));
    Ok(projections)
}

async fn of(program: PathBuf) -> Result<Vec<Projection>> {
    let asking = || format!("ask {} what it projects; `just build` makes it", program.display());
    let output = Command::new(&program).arg("describe").output().await.with_context(asking)?;
    if !output.status.success() {
        bail!("{}: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    let Description { name, subscriptions } = serde_json::from_slice(&output.stdout).with_context(asking)?;
    let projections = subscriptions.into_iter().filter(|one| one.kind == "projection");
    let projection = |Subscription { durable, stream, subjects, .. }| Projection {
        durable,
        stream,
        subjects,
        service: name.clone(),
        program: program.clone(),
    };
    Ok(projections.map(projection).collect())
}
