//! Services that are killed, stand still, or do not know the time.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use livemart_local::{Event, Supervised, What};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::broadcast::Receiver;

use super::{A_MOMENT, meanwhile};
use crate::drill::scene::Scene;

/// State changed and not committed; committed and not published; committed and not acknowledged; published and not noted as
/// such; answered by the outside and not noted. See `shared/messaging/src/crash.rs`.
const POINTS: [(&str, &[&str]); 3] = [
    ("order", &["before-commit", "after-commit", "before-ack", "before-mark"]),
    ("payment", &["before-commit", "after-commit", "before-ack", "before-mark", "before-record"]),
    ("inventory", &["before-commit", "after-commit", "before-ack", "before-mark"]),
];

/// Under load every point is reached within moments of the service's start.
const DEATH_LIMIT: Duration = Duration::from_secs(60);
/// Messages of a consumer that does not acknowledge come back after 10 s.
const FROZEN: Duration = Duration::from_secs(15);
/// Longer than payment and inventory take to ask about an order by a clock that is wrong.
const DISAGREEING: Duration = Duration::from_secs(15);
const ROUNDS: usize = 2;

pub(crate) async fn die_at_every_point(scene: &Scene) -> Result<Vec<String>> {
    let mut killed = 0;
    for (service, points) in POINTS {
        let instance = scene.instance(service)?;
        for point in points {
            let mut events = scene.servers().supervisor().listen();
            scene.arm(instance, point).await?;
            dies(&mut events, instance.name(), point).await?;
            scene.is_back().await?;
            killed += 1;
        }
    }
    Ok(vec![format!("{killed} points of {} services were reached, and each ended its process", POINTS.len())])
}

/// Waits until the instance has killed itself.
async fn dies(events: &mut Receiver<Event>, instance: &str, point: &str) -> Result<()> {
    let death = async {
        loop {
            match events.recv().await? {
                Event { name, what: What::Died { how, .. } } if name == instance => return anyhow::Ok(how),
                _ => {}
            }
        }
    };
    let how = tokio::time::timeout(DEATH_LIMIT, death).await;
    let how = how.with_context(|| format!("{instance} did not come to {point}"))??;
    ensure!(how.contains("SIGKILL"), "{instance} died of something else than {point}: {how}");
    Ok(())
}

pub(crate) async fn are_killed(scene: &Scene) -> Result<Vec<String>> {
    for _ in 0..ROUNDS {
        for instance in scene.instances() {
            meanwhile(A_MOMENT / 4).await;
            instance.kill().await?;
        }
        scene.is_back().await?;
    }
    Ok(Vec::new())
}

/// The first replica of each service; the gateway has only one.
pub(crate) async fn freeze(scene: &Scene) -> Result<Vec<String>> {
    let mut frozen = Vec::new();
    for service in ["order", "payment", "inventory"] {
        let instance = scene.instance(service)?;
        signal(instance, Signal::STOP)?;
        frozen.push(instance);
    }
    meanwhile(FROZEN).await;
    for instance in &frozen {
        signal(instance, Signal::CONT)?;
    }
    scene.is_back().await?;
    Ok(vec![format!("{} replicas stood still for {} s, the others did their work", frozen.len(), FROZEN.as_secs())])
}

fn signal(instance: &Supervised, signal: Signal) -> Result<()> {
    let pid = instance.pid().with_context(|| format!("{} does not run", instance.name()))?;
    let pid = Pid::from_raw(i32::try_from(pid)?).context("a process id is not zero")?;
    kill_process(pid, signal).with_context(|| format!("signal {}", instance.name()))
}

pub(crate) async fn disagree_about_the_time(scene: &Scene) -> Result<Vec<String>> {
    meanwhile(DISAGREEING).await;
    let mut database = scene.database().await?;
    let asked: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM payments.outbox WHERE subject = 'payment.stalled')
              + (SELECT count(*) FROM inventory.outbox WHERE subject = 'stock.stalled')",
    )
    .fetch_one(&mut database)
    .await?;
    ensure!(scene.deaths() == 0, "a service was restarted, and its clock is right again");
    Ok(vec![format!("{asked} times somebody asked early for a decision, and got the one there was")])
}
