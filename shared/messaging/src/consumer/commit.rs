//! One transaction for a batch: leave out what is known, apply the rest, keep what was decided and what follows, commit.
//!
//! Nothing is claimed beforehand. Of two replicas that are at the same event, both apply it, and the second to keep its
//! decision fails at the key of the inbox: nothing of its batch remains, and it begins anew, knowing what the first did.

use livemart_contracts::EventId;

use super::{Incoming, Kind, Subscription, Verdict};
use crate::context::UnitOfWork;
use crate::inbox::{self, Entry};
use crate::reaction::{Decision, Failure};
use crate::store::Store;
use crate::turn;

/// Answers one verdict for each message of `batch`, in its order. After a failure nothing of it remains.
pub async fn commit(subscription: &Subscription, store: &Store, batch: &[&Incoming]) -> Result<Vec<Verdict>, Failure> {
    let mut known_before = usize::MAX;
    loop {
        let failure = match commit_in(store.begin().await?, subscription, batch).await {
            Err(failure) if !matches!(failure, Failure::Unavailable(_)) => failure,
            outcome => return outcome,
        };
        // Whatever it was that failed may have come of another replica being quicker. Each time that one was, more of the
        // batch is known, so this ends.
        let known = inbox::known_in(store.db(), subscription.durable, &ids(batch)).await?.len();
        if known == 0 || known == known_before {
            return Err(failure);
        }
        known_before = known;
    }
}

/// As [`commit`], once, in a transaction that was begun for it.
pub(crate) async fn commit_in(
    work: UnitOfWork,
    subscription: &Subscription,
    batch: &[&Incoming],
) -> Result<Vec<Verdict>, Failure> {
    let durable = subscription.durable;
    let mut work = work.of_step(durable);
    if subscription.kind == Kind::Projection {
        turn::take_in(work.tx(), durable).await?;
    }
    let ids = ids(batch);
    let mut known = inbox::known_in(work.tx(), durable, &ids).await?;
    // Adding while filtering keeps the first of two deliveries of one event in the same batch.
    let fresh: Vec<bool> = ids.iter().map(|id| known.insert(*id)).collect();
    let incoming: Vec<Incoming> =
        batch.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(incoming, _)| (*incoming).clone()).collect();

    let applied = if incoming.is_empty() { Vec::new() } else { subscription.apply(&mut work, &incoming).await? };
    assert_eq!(applied.len(), incoming.len(), "{durable} must answer one decision per event");
    inbox::insert_in(work.tx(), durable, entries(&incoming, &applied), work.now()).await?;
    work.commit().await?;

    let mut applied = applied.into_iter();
    let redelivered = || Verdict::Decided(Decision::Duplicate);
    Ok(fresh.into_iter().map(|fresh| if fresh { applied.next() } else { None }.unwrap_or_else(redelivered)).collect())
}

fn ids(batch: &[&Incoming]) -> Vec<EventId> {
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
