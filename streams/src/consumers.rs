//! The durables, in the form that `nats consumer add <STREAM> --config` takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use livemart_runtime::Description;
use serde_json::json;

use crate::CONSUMERS;

/// How long the server waits for an acknowledgement: the delay that a killed replica costs its messages. A batch is done
/// in a fraction of a second.
const ACK_WAIT: Duration = Duration::from_secs(10);
/// Messages with one replica or another: four batches, so that several replicas find work.
const MAX_ACK_PENDING: u32 = 1_024;
/// What one request may ask for: a batch of the consumer loop.
const MAX_BATCH: u32 = 256;

pub(crate) fn files(services: &[Description]) -> BTreeMap<PathBuf, String> {
    let subscriptions =
        services.iter().flat_map(|service| service.subscriptions.iter().map(move |read| (service, read)));
    let file = |(service, read): (&Description, &livemart_runtime::SubscriptionDescription)| {
        let config = json!({
            "name": read.durable,
            "durable_name": read.durable,
            "description": format!("{} of {}", read.kind, service.name),
            "deliver_policy": "all",
            "ack_policy": "explicit",
            "ack_wait": u64::try_from(ACK_WAIT.as_nanos()).unwrap_or(u64::MAX),
            // The consumer loop counts deliveries itself: a limit here would lose messages in an outage of the database.
            "max_deliver": -1,
            "max_ack_pending": MAX_ACK_PENDING,
            "max_waiting": 128,
            "max_batch": MAX_BATCH,
            "filter_subjects": read.subjects,
            "replay_policy": "instant",
            "num_replicas": 0,
        });
        let path = Path::new(CONSUMERS).join(format!("{}.{}.json", read.stream, read.durable));
        (path, crate::json(config))
    };
    subscriptions.map(file).collect()
}
