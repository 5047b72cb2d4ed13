//! `GET /api/v1/services` (admin): who answered lately, and how the gateway sees them.

use axum::Json;
use axum::extract::State;
use livemart_web::{Admin, Page, PageQuery, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::forward::Forwarder;
use crate::registry::place;
use crate::replica::Runs;
use crate::upstream::Upstream;

#[derive(Debug, Serialize, JsonSchema)]
pub struct LiveReplica {
    name: String,
    instance: String,
    /// Changes with each start.
    id: String,
    address: String,
    version: String,
    pid: Option<u32>,
    routes: Vec<String>,
    durables: Vec<String>,
    /// The central configuration that it runs with; nothing until it has said so.
    configuration: Option<Runs>,
    /// Whether the gateway could connect when it tried last.
    reachable: bool,
    /// Whether its service is left alone, for it kept failing.
    left_alone: bool,
    /// Requests that it is answering for this gateway.
    pending: usize,
}

impl From<&Upstream> for LiveReplica {
    fn from(upstream: &Upstream) -> Self {
        let replica = &upstream.replica;
        Self {
            name: replica.service.clone(),
            instance: replica.instance.clone(),
            id: replica.id.clone(),
            address: replica.address(),
            version: replica.version.clone(),
            pid: replica.pid,
            routes: replica.routes.clone(),
            durables: replica.durables.clone(),
            configuration: upstream.configuration(),
            reachable: !upstream.is_ejected(),
            left_alone: upstream.circuit.is_open(),
            pending: upstream.pending(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    name: String,
    instance: String,
    id: String,
}

pub async fn list(
    _: Admin,
    query: PageQuery,
    State(forwarder): State<Forwarder>,
) -> Result<Json<Page<LiveReplica>>, Problem> {
    let after = query.cursor::<Cursor>()?;
    let is_later = |upstream: &Upstream| {
        after.as_ref().is_none_or(|after| place(upstream) > (after.name.as_str(), &after.instance, &after.id))
    };
    let upstreams = forwarder.registry().upstreams();
    let later = upstreams.iter().filter(|upstream| is_later(upstream));
    let rows = later.take(query.limit as usize + 1).map(|upstream| LiveReplica::from(&**upstream)).collect();
    Ok(Json(Page::new(&query, rows, |replica: &LiveReplica| Cursor {
        name: replica.name.clone(),
        instance: replica.instance.clone(),
        id: replica.id.clone(),
    })))
}
