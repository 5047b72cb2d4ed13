//! Counts that all replicas share, in Redis.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;
use std::time::Duration;

use livemart_redis::Nodes;
use redis::Script;

use super::quota::{Quota, Verdict};

/// The number changes with what is stored.
const PREFIX: &str = "livemart:gateway:limit:v1:";

static COUNT: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("shared.lua")));

/// `None` where Redis does not answer.
pub(super) async fn count(nodes: &Nodes, key: &str, quota: Quota) -> Option<Verdict> {
    let node = nodes.of(hash(key))?;
    let key = format!("{PREFIX}{key}");
    let counted: Option<(u64, u64)> = node
        .ask(async |mut connection| {
            let mut call = COUNT.key(&key);
            call.arg(quota.interval()).arg(quota.burst.get()).invoke_async(&mut connection).await
        })
        .await;
    let (wait, reset) = counted?;
    let refused = (wait > 0).then_some(Duration::from_micros(wait));
    Some(Verdict { refused, reset: Duration::from_micros(reset) })
}

/// The same at every replica of one version; where versions differ for a while, a client may have two counts.
fn hash(key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}
