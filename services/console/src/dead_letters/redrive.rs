//! Sends a dead letter again to the one consumer that failed.

use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::{Request, RequestErrorKind};
use livemart_contracts::stream::redrive_subject;
use livemart_messaging::consumer::redrive::Answer;
use livemart_messaging::dead_letter::of_the_event;

use super::letter::DeadLetter;
use super::shelf::Shelf;

/// A consumer that may wait for a lock answers within this time, or its answer is no longer let through by the server.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Nobody said what became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unanswered {
    /// No replica of the service runs.
    NobodyThere,
    /// It may have been applied: the inbox knows, and says so at the next try.
    Silence,
}

impl Shelf {
    /// The consumer's answer. The letter stays on the shelf.
    pub(crate) async fn redrive(&self, letter: &DeadLetter) -> Result<Result<Answer, Unanswered>> {
        let content = self.content(letter).await?;
        let request =
            Request::new().headers(of_the_event(&content.headers)).payload(content.payload).timeout(Some(ANSWER_LIMIT));
        let reply = match self.client.send_request(redrive_subject(&letter.consumer), request).await {
            Ok(reply) => reply,
            Err(error) if error.kind() == RequestErrorKind::NoResponders => return Ok(Err(Unanswered::NobodyThere)),
            Err(error) if error.kind() == RequestErrorKind::TimedOut => return Ok(Err(Unanswered::Silence)),
            Err(error) => return Err(error).with_context(|| format!("send the dead letter {} again", letter.place)),
        };
        let answer = serde_json::from_slice(&reply.payload);
        answer.map(Ok).with_context(|| format!("the answer of {} cannot be read", letter.consumer))
    }
}
