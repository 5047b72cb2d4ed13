//! Discovery, the asking side: `$SRV.INFO` goes to everybody, and whoever lives answers for itself; `$SRV.STATS` tells
//! which configuration each of them runs with.
//!
//! Answers are taken in as they come, so a replica can be used milliseconds after it was asked, and nobody waits for
//! those who will not answer. The questions are asked in the background, never by a request.

use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use futures::StreamExt;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::registry::Registry;
use crate::replica::{Replica, Runs};

const QUESTIONS: [&str; 2] = ["$SRV.INFO", "$SRV.STATS"];
/// A new replica gets its first request within this time.
const PAUSE: Duration = Duration::from_secs(2);
/// The same while somebody is known to be missing: clients are being turned away.
const SHORT_PAUSE: Duration = Duration::from_millis(250);
/// However many connections fail at once, the services are not asked more often than this.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// Keeps `registry` up to date, until `stop`.
pub async fn run(client: Client, registry: Registry, stop: CancellationToken) {
    let inbox = client.new_inbox();
    let mut answers = match client.subscribe(format!("{inbox}.*")).await {
        Ok(answers) => answers,
        Err(error) => return tracing::error!(%error, "answers of services cannot be listened for"),
    };
    for question in 0_u64.. {
        if client.connection_state() == State::Connected {
            registry.forget_silent();
            for (number, subject) in QUESTIONS.into_iter().enumerate() {
                // Each under an address of its own: who is asked may answer once, also when the next question is there already.
                let answer_to = format!("{inbox}.{question}-{number}");
                if let Err(error) = client.publish_with_reply(subject, answer_to, "".into()).await {
                    tracing::warn!(%error, "the services cannot be asked");
                }
            }
        } else {
            // A question sent now would wait in the client, and with it all that follow.
            registry.excuse_all();
        }

        let asked = Instant::now();
        let pause = if registry.misses_someone() { SHORT_PAUSE } else { PAUSE };
        let next = sleep_until(asked + pause);
        tokio::pin!(next);
        loop {
            tokio::select! {
                answer = answers.next() => match answer {
                    Some(answer) => take_in(&registry, &answer.payload),
                    None => return tracing::error!("the connection to NATS was closed"),
                },
                () = registry.outdated() => next.as_mut().reset(asked + SHORTEST_PAUSE),
                () = &mut next => break,
                () = stop.cancelled() => return,
            }
        }
    }
}

fn take_in(registry: &Registry, answer: &[u8]) {
    if let Some((id, runs)) = Runs::read(answer) {
        return registry.runs(&id, runs);
    }
    match Replica::read(answer) {
        Ok(replica) => registry.heard(replica),
        Err(error) => tracing::debug!(%error, "an answer names no replica"),
    }
}
