//! Dead letters that an operator sends again, to the one consumer that failed on them.
//!
//! A request carries a dead letter's headers and payload, and is committed as a batch of one. Its answer says what became
//! of it; whoever asked keeps the dead letter until that answer is there. Nobody else hears of it: publishing the event
//! once more would reach every consumer that reads it.

use async_nats::{Client, HeaderMap, Message};
use futures::StreamExt;
use livemart_contracts::stream::redrive_subject;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::commit::commit;
use super::{Incoming, Subscription, Verdict};
use crate::context::to_json;
use crate::envelope::Attributes;
use crate::reaction::Decision;
use crate::store::Store;
use crate::{dead_letter, metrics};

/// What the consumer answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Applied,
    Duplicate,
    Ignored,
    /// Its cause has not arrived.
    NotYet,
    /// It cannot be read, and never will be.
    Malformed,
    /// The step failed, and nothing of it remains.
    Failed,
}

impl Outcome {
    /// Whether the consumer is done with the event, so that the dead letter may go.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Applied | Self::Duplicate | Self::Ignored)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored => "ignored",
            Self::NotYet => "not-yet",
            Self::Malformed => "malformed",
            Self::Failed => "failed",
        }
    }
}

impl From<Verdict> for Answer {
    fn from(verdict: Verdict) -> Self {
        let (outcome, reason) = match verdict {
            Verdict::Decided(Decision::Applied) => (Outcome::Applied, None),
            Verdict::Decided(Decision::Duplicate) => (Outcome::Duplicate, None),
            Verdict::Decided(Decision::Ignored(why)) => (Outcome::Ignored, Some(why.into_owned())),
            Verdict::Decided(Decision::NotYet(_)) => {
                (Outcome::NotYet, Some("what it answers has not arrived".to_owned()))
            }
            Verdict::Malformed(error) => (Outcome::Malformed, Some(error)),
        };
        Self { outcome, reason }
    }
}

/// Answers requests, shared among the replicas, until `stop`; one in hand then is finished.
pub(super) async fn serve(client: &Client, subscription: &Subscription, store: &Store, stop: &CancellationToken) {
    let durable = subscription.durable;
    let mut requests = match client.queue_subscribe(redrive_subject(durable), durable.to_owned()).await {
        Ok(requests) => requests,
        Err(error) => {
            // Only a closed connection gets here, which the pulling half of the consumer reports and survives or not.
            tracing::warn!(durable, %error, "dead letters cannot be sent again to this replica");
            return;
        }
    };
    loop {
        let request = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            request = requests.next() => request,
        };
        let Some(request) = request else { return };
        let answer = process(subscription, store, &request).await;
        let (outcome, reason) = (answer.outcome.as_str(), answer.reason.as_deref());
        tracing::info!(durable, outcome, reason, "a dead letter was sent again");
        if let Some(reply) = request.reply {
            respond(client, reply, &answer).await;
        }
    }
}

async fn process(subscription: &Subscription, store: &Store, request: &Message) -> Answer {
    let incoming = match read(request) {
        Ok(incoming) => incoming,
        Err(error) => return Verdict::Malformed(error).into(),
    };
    match commit(subscription, store, &[&incoming]).await {
        Ok(verdicts) => {
            let verdict = verdicts.into_iter().next().unwrap_or_else(|| unreachable!("one verdict per event"));
            if let Verdict::Decided(decision) = &verdict {
                metrics::DECISIONS.with_label_values(&[subscription.durable, decision.name()]).inc();
            }
            verdict.into()
        }
        Err(failure) => Answer { outcome: Outcome::Failed, reason: Some(failure.to_string()) },
    }
}

fn read(request: &Message) -> Result<Incoming, String> {
    let nothing = HeaderMap::new();
    let headers = request.headers.as_ref().unwrap_or(&nothing);
    let attributes = Attributes::read(headers).map_err(|error| error.to_string())?;
    let subject = headers.get(dead_letter::SUBJECT).ok_or("the request does not name the event's subject")?;
    Ok(Incoming { attributes, subject: subject.as_str().to_owned(), payload: request.payload.clone() })
}

#[expect(clippy::disallowed_methods, reason = "an answer, not an event: whoever misses it asks again")]
async fn respond(client: &Client, reply: async_nats::Subject, answer: &Answer) {
    if let Err(error) = client.publish(reply, to_json(answer).into()).await {
        tracing::debug!(%error, "an answer was not sent");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_is_final_when_the_inbox_keeps_the_decision() {
        for (verdict, name, is_final) in [
            (Verdict::Decided(Decision::Applied), "applied", true),
            (Verdict::Decided(Decision::Duplicate), "duplicate", true),
            (Verdict::Decided(Decision::ignored("over")), "ignored", true),
            (Verdict::Decided(Decision::NotYet(Duration::ZERO)), "not-yet", false),
            (Verdict::Malformed("no JSON".to_owned()), "malformed", false),
        ] {
            let answer = Answer::from(verdict);
            assert_eq!(answer.outcome.is_final(), is_final, "{name}");
            assert_eq!(serde_json::to_value(&answer).expect("JSON")["outcome"], name);
            assert_eq!(answer.outcome.as_str(), name);
        }
    }
}
