//! Postgres and Redis.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;
use tokio::time::Instant;

use super::{A_MOMENT, meanwhile};
use crate::drill::scene::Scene;

const KILLS: usize = 3;
/// How long locks mean nothing.
const FORGETFUL: Duration = Duration::from_secs(8);
/// A lock is held for a few milliseconds: often enough to hit many in the middle.
const BETWEEN_FAULTS: Duration = Duration::from_millis(5);
const WITHOUT_REDIS: Duration = Duration::from_secs(5);
/// A stranger's lock; its holder never lets go, so that everybody has to do without.
const STRANGER_HOLDS_FOR_MS: u64 = 500;

pub(crate) async fn postgres_is_killed(scene: &Scene) -> Result<Vec<String>> {
    for _ in 0..KILLS {
        meanwhile(A_MOMENT).await;
        scene.servers().postgres().kill().await?;
        scene.is_back().await?;
    }
    Ok(Vec::new())
}

pub(crate) async fn redis_forgets_and_stops(scene: &Scene) -> Result<Vec<String>> {
    let mut redis = connect(scene).await?;
    let (begun, mut forgotten) = (Instant::now(), 0);
    while begun.elapsed() < FORGETFUL {
        forgotten += locks(&mut redis).await?.len();
        redis::cmd("FLUSHALL").query_async::<()>(&mut redis).await?;
        tokio::time::sleep(BETWEEN_FAULTS).await;
    }
    ensure!(forgotten > 0, "no lock was held when Redis forgot everything");
    for node in scene.servers().redis() {
        node.stop().await?;
    }
    meanwhile(WITHOUT_REDIS).await;
    for node in scene.servers().redis() {
        node.start().await?;
    }
    scene.is_back().await?;
    let seconds = WITHOUT_REDIS.as_secs();
    Ok(vec![format!("{forgotten} locks were forgotten in their holders' hands; then no Redis for {seconds} s")])
}

/// Takes each lock that is held from its holder and gives it to nobody, so that the next one believes to hold it too.
pub(crate) async fn locks_have_two_holders(scene: &Scene) -> Result<Vec<String>> {
    let mut redis = connect(scene).await?;
    let (begun, mut stolen) = (Instant::now(), 0);
    while begun.elapsed() < FORGETFUL {
        for lock in locks(&mut redis).await? {
            // Every other one goes to a stranger: then its holder's release must not take that one away.
            let deleted: usize = redis.del(&lock).await?;
            if stolen % 2 == 1 {
                let expiry = redis::SetExpiry::PX(STRANGER_HOLDS_FOR_MS);
                let options = redis::SetOptions::default().with_expiration(expiry);
                redis.set_options::<_, _, ()>(&lock, "a stranger", options).await?;
            }
            stolen += deleted;
        }
        tokio::time::sleep(BETWEEN_FAULTS).await;
    }
    ensure!(stolen > 0, "no lock was held when it was to be stolen");
    Ok(vec![format!("{stolen} locks were stolen from their holders")])
}

async fn connect(scene: &Scene) -> Result<MultiplexedConnection> {
    let url = scene.servers().redis_urls().into_iter().next().context("a shop has a Redis")?;
    Ok(redis::Client::open(url)?.get_multiplexed_async_connection().await?)
}

/// The keys of the locks that are held at this moment.
async fn locks(redis: &mut MultiplexedConnection) -> Result<Vec<String>> {
    Ok(redis::cmd("KEYS").arg("livemart:inventory:*").query_async(redis).await?)
}
