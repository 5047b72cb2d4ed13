//! One transaction for a batch: apply it, keep what was decided and what follows, commit.
//!
//! Nothing is claimed or looked up beforehand, for an event is hardly ever delivered twice. Who comes to one that was
//! decided about, by this replica before or by another one at the same time, applies it and fails at the key of the inbox:
//! nothing of its batch remains, and it begins anew, knowing what was decided, and leaves that out.

use std::collections::HashSet;

use livemart_contracts::EventId;

use super::{Incoming, Kind, Subscription, Verdict};
use crate::context::UnitOfWork;
use crate::inbox::{self, Entry};
use crate::reaction::{Decision, Failure};
use crate::store::Store;
use crate::turn;

/// Answers one verdict for each message of `batch`, in its order. After a failure nothing of it remains.
pub async fn commit(subscription: &Subscription, store: &Store, batch: &[&Incoming]) -> Result<Vec<Verdict>, Failure> {
    let mut known = HashSet::new();
    loop {
        let failure = match commit_in(store.begin().await?, subscription, batch, &known).await {
            Err(failure) if !matches!(failure, Failure::Unavailable(_)) => failure,
            outcome => return outcome,
        };
        // Whatever it was that failed may have come of what was decided before. Each time, more of the batch is known, so
        // this ends.
        let known_now = inbox::known_in(store.db(), subscription.durable, &ids(batch)).await?;
        if known_now.len() == known.len() {
            return Err(failure);
        }
        known = known_now;
    }
}

/// As [`commit`], once, in a transaction that was begun for it, without the `known` events.
pub(crate) async fn commit_in(
    work: UnitOfWork,
    subscription: &Subscription,
    batch: &[&Incoming],
    known: &HashSet<EventId>,
) -> Result<Vec<Verdict>, Failure> {
    let durable = subscription.durable;
    let mut work = work.of_step(durable);
    if subscription.kind == Kind::Projection {
        turn::take_in(work.tx(), durable).await?;
    }
    let mut met = known.clone();
    // Adding while filtering keeps the first of two deliveries of one event in the same batch.
    let fresh: Vec<bool> = batch.iter().map(|incoming| met.insert(incoming.attributes.id)).collect();
    let incoming: Vec<Incoming> =
        batch.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(incoming, _)| (*incoming).clone()).collect();

    let applied = if incoming.is_empty() { Vec::new() } else { subscription.apply(&mut work, &incoming).await? };
    assert_eq!(applied.len(), incoming.len(), "{durable} must answer one decision per event");
    work.decided(durable, entries(&incoming, &applied));
    work.commit().await?;

    let mut applied = applied.into_iter();
    let redelivered = || Verdict::Decided(Decision::Duplicate);
    Ok(fresh.into_iter().map(|fresh| if fresh { applied.next() } else { None }.unwrap_or_else(redelivered)).collect())
}

pub(crate) fn ids(batch: &[&Incoming]) -> Vec<EventId> {
    batch.iter().map(|incoming| incoming.attributes.id).collect()
}

/// What the inbox keeps: all that was decided.
fn entries(incoming: &[Incoming], verdicts: &[Verdict]) -> Vec<Entry> {
    let entry = |(incoming, verdict): (&Incoming, &Verdict)| {
        let Verdict::Decided(decision) = verdict else { return None };
        let reason = match decision {
            Decision::Applied => None,
            Decision::Duplicate => Some("its effect was there already".to_owned()),
            Decision::Ignored(why) => Some(why.to_string()),
            Decision::NotYet(_) => return None,
        };
        Some(Entry { event: incoming.attributes.id, decision: decision.name(), reason })
    };
    incoming.iter().zip(verdicts).filter_map(entry).collect()
}
