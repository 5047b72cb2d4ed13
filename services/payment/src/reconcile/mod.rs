//! Our books beside the provider's, by the provider's own API.
//!
//! The audit of a shop reads the sandbox's tables; of a provider that is somebody else's there is only what it answers. Time is
//! cut into slices by our own payments: of each, the provider lists what it booked, and what is missing on either side is
//! looked for by itself. A slice is bounded, and the next one begins where it ended, so that a request has an end and whoever
//! asks sees how far it is. Nothing is changed on either side.

mod background;
mod difference;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use livemart_contracts::saga::STEP_LIMIT;
use livemart_contracts::{OrderId, PaymentId};
use schemars::JsonSchema;
use sea_orm::DatabaseConnection;
use serde::Serialize;
use uuid::Uuid;

pub use background::run;
pub use difference::{Difference, Kind};

use crate::error::PaymentError;
use crate::providers::{Booked, PaymentProvider, ProviderError, Window};
use crate::store::books::{self, Recorded};

/// Payments of ours in one slice: a page of the provider's list, and well within the time of a request.
const SLICE: usize = 100;
/// Pages of the provider's list in one slice. More than one where others use the account, or in the last slice.
const MOST_PAGES: usize = 20;
/// Payments looked for by themselves, or read again, at once.
const AT_ONCE: usize = 8;
/// A hold is made some time after its payment, and clocks differ: it is found by itself where the list of its slice lacks it.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(2);

/// What a slice of time was compared with, and what is different.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Slice {
    /// Payments of ours.
    pub compared: usize,
    /// Differences among things that changed just now; they are not told.
    pub under_way: usize,
    pub differences: Vec<Difference>,
    /// The last of our payments that was compared; `None` when there are no more.
    pub next: Option<PaymentId>,
    /// Up to here all is compared.
    pub until: DateTime<Utc>,
}

/// What is to be compared: payments made within `window`, after the payment `after`.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub window: Window,
    pub after: Option<PaymentId>,
}

/// One side's word on one hold, and the other's.
#[derive(Debug, Clone)]
struct Pair {
    ours: Option<Recorded>,
    theirs: Option<Booked>,
}

/// Compares the next slice.
pub async fn compare(
    db: &DatabaseConnection,
    provider: &dyn PaymentProvider,
    asked: Asked,
    now: DateTime<Utc>,
) -> Result<Slice, PaymentError> {
    let Window { since, until } = asked.window;
    let first = asked.after.map_or_else(|| first_id_at(since), |after| after.uuid());
    let ours = books::between(db, provider.name(), first, first_id_at(until), SLICE).await?;
    let last = ours.last().filter(|_| ours.len() == SLICE).map(|last| last.payment_id);
    let since = asked.after.map_or(since, |after| made_at(after.uuid()));
    let until = last.map_or(until, |last| made_at(last.uuid()));
    let window = Window { since: since - CLOCKS_DIFFER, until: until + CLOCKS_DIFFER };

    let mut slice = Slice { compared: ours.len(), next: last, until, ..Slice::default() };
    let pairs = pairs(db, provider, ours, list(provider, &window).await?).await?;
    // One side was read before the other: what still differs when both are read again does.
    let differing = pairs.into_iter().filter(|pair| difference::of(provider, pair).is_some());
    let mut again = stream::iter(differing).map(|pair| read_again(db, provider, pair)).buffered(AT_ONCE);
    while let Some(pair) = again.try_next().await? {
        let Some(difference) = difference::of(provider, &pair) else { continue };
        if is_under_way(&pair, now) {
            slice.under_way += 1;
        } else {
            slice.differences.push(difference);
        }
    }
    Ok(slice)
}

/// What the provider booked within `window`, by its names.
async fn list(provider: &dyn PaymentProvider, window: &Window) -> Result<BTreeMap<String, Booked>, ProviderError> {
    let (mut listed, mut after) = (BTreeMap::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let page = provider.page(window, after.as_deref()).await?;
        listed.extend(page.booked.into_iter().map(|booked| (booked.reference.clone(), booked)));
        after = page.next;
        if after.is_none() {
            return Ok(listed);
        }
    }
    Err(ProviderError::Refused(format!(
        "it lists more than {MOST_PAGES} pages between {} and {}: compare shorter times",
        window.since, window.until
    )))
}

/// Everything of either side with what the other one has of it.
async fn pairs(
    db: &DatabaseConnection,
    provider: &dyn PaymentProvider,
    ours: Vec<Recorded>,
    mut listed: BTreeMap<String, Booked>,
) -> Result<Vec<Pair>, PaymentError> {
    let (listed_ours, missing): (Vec<Recorded>, Vec<Recorded>) =
        ours.into_iter().partition(|ours| ours.reference.as_ref().is_none_or(|it| listed.contains_key(it)));
    let mut pairs = Vec::new();
    for ours in listed_ours {
        // Without a name the provider may have it all the same; then it is in the list, under our name for it.
        if let Some(reference) = &ours.reference {
            let theirs = listed.remove(reference);
            pairs.push(Pair { ours: Some(ours), theirs });
        }
    }
    let found = stream::iter(missing).map(async |ours: Recorded| {
        let theirs = provider.find(ours.reference.as_deref().unwrap_or_default()).await?;
        Ok::<_, ProviderError>(Pair { ours: Some(ours), theirs })
    });
    pairs.extend(found.buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?);
    pairs.extend(known(db, provider, listed.into_values().collect()).await?);
    Ok(pairs)
}

/// What the provider lists that no payment of ours has, with the payment that asked for it where there is one.
async fn known(
    db: &DatabaseConnection,
    provider: &dyn PaymentProvider,
    booked: Vec<Booked>,
) -> Result<Vec<Pair>, PaymentError> {
    let references = booked.iter().map(|booked| booked.reference.clone()).collect();
    let orders: BTreeSet<Uuid> = booked.iter().filter_map(order_of).map(|order| order.uuid()).collect();
    let mut recorded = books::of_references(db, provider.name(), references).await?;
    recorded.extend(books::of_orders(db, provider.name(), orders.into_iter().collect()).await?);
    let pair = |theirs: Booked| {
        // Of another slice, which compares it.
        if recorded.iter().any(|ours| ours.reference.as_ref() == Some(&theirs.reference)) {
            return None;
        }
        // Asked for, and not answered yet.
        let asked = |ours: &&Recorded| ours.reference.is_none() && order_of(&theirs) == Some(ours.order_id);
        Some(Pair { ours: recorded.iter().find(asked).cloned(), theirs: Some(theirs) })
    };
    Ok(booked.into_iter().filter_map(pair).collect())
}

fn order_of(booked: &Booked) -> Option<OrderId> {
    booked.order_reference.as_ref()?.parse().ok()
}

/// The same pair, read again: first theirs, then ours.
async fn read_again(db: &DatabaseConnection, provider: &dyn PaymentProvider, pair: Pair) -> Result<Pair, PaymentError> {
    let theirs = pair.theirs.as_ref().map(|theirs| theirs.reference.clone());
    let reference = theirs.or_else(|| pair.ours.as_ref()?.reference.clone());
    let theirs = match &reference {
        Some(reference) => provider.find(reference).await?,
        None => None,
    };
    let order = pair.ours.as_ref().map(|ours| ours.order_id).or_else(|| order_of(theirs.as_ref()?));
    let mut ours = match order {
        Some(order) => books::of_orders(db, provider.name(), vec![order.uuid()]).await?,
        None => books::of_references(db, provider.name(), reference.iter().cloned().collect()).await?,
    };
    ours.retain(|ours| ours.reference.is_none() || ours.reference == reference);
    Ok(Pair { ours: ours.pop(), theirs })
}

/// Whether the last word on it may not have arrived yet. A call that has no answer is made again within this time, too.
fn is_under_way(pair: &Pair, now: DateTime<Utc>) -> bool {
    let changed = pair.ours.as_ref().map(|ours| ours.updated_at).or_else(|| Some(pair.theirs.as_ref()?.made_at));
    changed.is_some_and(|changed| changed + 2 * STEP_LIMIT > now)
}

/// No payment that was made at `time` or later has a smaller id.
fn first_id_at(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u64::try_from(time.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid()
}

fn made_at(payment: Uuid) -> DateTime<Utc> {
    let (seconds, nanos) = payment.get_timestamp().map_or((0, 0), |time| time.to_unix());
    let since_1970 = Duration::new(seconds, nanos);
    DateTime::UNIX_EPOCH + since_1970
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn ids_are_as_old_as_their_payments() {
        let payment: PaymentId = Clock::default().new_id();
        let made = made_at(payment.uuid());
        assert!((Clock::default().now() - made) < TimeDelta::seconds(1));
        assert!(first_id_at(made) <= payment.uuid());
        assert!(first_id_at(made + TimeDelta::milliseconds(1)) > payment.uuid());
    }
}
