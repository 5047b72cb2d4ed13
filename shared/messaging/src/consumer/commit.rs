//! One transaction for a batch: claim in the inbox, apply, record the decisions, write what follows, commit.

use livemart_contracts::EventId;

use super::{Incoming, Kind, Subscription, Verdict};
use crate::context::{Context, UnitOfWork};
use crate::inbox;
use crate::reaction::{Decision, Failure};
use crate::store::Store;
use crate::turn;

/// Answers one verdict for each message of `batch`, in its order. After a failure nothing of it remains.
pub async fn commit(subscription: &Subscription, store: &Store, batch: &[&Incoming]) -> Result<Vec<Verdict>, Failure> {
    commit_in(store.begin().await?, subscription, batch).await
}

/// As [`commit`], in a transaction that was begun for it.
pub(crate) async fn commit_in(
    work: UnitOfWork,
    subscription: &Subscription,
    batch: &[&Incoming],
) -> Result<Vec<Verdict>, Failure> {
    let durable = subscription.durable;
    let mut work = work.of_step(durable);
    let ids: Vec<EventId> = batch.iter().map(|incoming| incoming.attributes.id).collect();
    let now = work.now();
    if subscription.kind == Kind::Projection {
        turn::take_in(work.tx(), durable).await?;
    }
    let mut unseen = inbox::claim_in(work.tx(), durable, &ids, now).await?;
    // Removing while filtering keeps the first of two deliveries of one event in the same batch.
    let fresh: Vec<bool> = ids.iter().map(|id| unseen.remove(id)).collect();
    let incoming: Vec<Incoming> =
        batch.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(incoming, _)| (*incoming).clone()).collect();

    let applied = if incoming.is_empty() { Vec::new() } else { subscription.apply(&mut work, &incoming).await? };
    assert_eq!(applied.len(), incoming.len(), "{durable} must answer one decision per event");
    record(&work, durable, &incoming, &applied).await?;
    work.commit().await?;

    let mut applied = applied.into_iter();
    let redelivered = || Verdict::Decided(Decision::Duplicate);
    Ok(fresh.into_iter().map(|fresh| if fresh { applied.next() } else { None }.unwrap_or_else(redelivered)).collect())
}

async fn record(work: &Context, durable: &str, incoming: &[Incoming], verdicts: &[Verdict]) -> Result<(), Failure> {
    let (mut changed_nothing, mut undecided) = (Vec::new(), Vec::new());
    for (incoming, verdict) in incoming.iter().zip(verdicts) {
        let id = incoming.attributes.id;
        match verdict {
            Verdict::Decided(Decision::Applied) => {}
            Verdict::Decided(Decision::Duplicate) => {
                changed_nothing.push((id, "duplicate", "its effect was there already".to_owned()));
            }
            Verdict::Decided(Decision::Ignored(why)) => changed_nothing.push((id, "ignored", why.to_string())),
            Verdict::Decided(Decision::NotYet(_)) | Verdict::Malformed(_) => undecided.push(id),
        }
    }
    inbox::record_in(work.tx(), durable, &changed_nothing).await?;
    inbox::unclaim_in(work.tx(), durable, &undecided).await?;
    Ok(())
}
