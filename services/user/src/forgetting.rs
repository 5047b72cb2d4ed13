//! Forgetting what was announced about a person, in the stream and in the outbox that it could be rebuilt from.
//!
//! The stream `USERS` is the only one with personal data, and the only one from which messages may be deleted; the user
//! service alone may do so, and in that stream alone. So that nobody has to be asked, and nothing is left to remember,
//! when a person asks to be erased. Messages are found by the sequence that the outbox noted, and are deleted only if they
//! are the event that was meant: a damaged stream may have given the sequence to another one.

use std::sync::{Arc, OnceLock};

use livemart_contracts::{Stream, UserId};
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome, Store};
use livemart_runtime::{App, Nats};
use serde::{Deserialize, Serialize};

use crate::store::announced;

/// Empty until the service has started: the connections are not there when the service is declared.
#[derive(Clone, Default)]
pub struct Archive {
    opened: Arc<OnceLock<(Store, Nats)>>,
}

impl Archive {
    pub fn open(&self, app: &App) {
        let opened = self.opened.set((app.store.clone(), app.edge.nats.clone()));
        debug_assert!(opened.is_ok(), "a service starts once");
    }

    async fn forget(&self, user: UserId) -> Result<(), String> {
        let (store, nats) = self.opened.get().ok_or("the service has not started yet")?;
        for announced in announced::list(store.db(), user).await.map_err(|error| error.to_string())? {
            // The relay may have read the row before it was blanked: what it publishes then has to be found as well.
            let sequence = announced.sequence.ok_or("not everything about the person is published yet")?;
            nats.erase(Stream::Users, sequence, announced.event).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Erasure {
    pub user_id: UserId,
}

/// Deletes a person's messages. Doing it twice is doing it once.
pub struct ForgetMessages {
    pub archive: Archive,
}

impl Effect for ForgetMessages {
    const KIND: &'static str = "user.forget-messages";
    type Request = Erasure;
    type Answer = ();

    async fn perform(&self, call: &Call<Erasure>) -> Attempt<()> {
        match self.archive.forget(call.request.user_id).await {
            Ok(()) => Attempt::Answered(()),
            Err(error) => Attempt::Unavailable(error),
        }
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<Erasure, ()>]) -> Result<(), Failure> {
        for outcome in outcomes.iter().filter(|outcome| matches!(outcome.attempt, Attempt::Answered(()))) {
            announced::delete_in(cx.tx(), outcome.request.user_id).await?;
        }
        Ok(())
    }
}
