//! The way of a batch, the same for every stream that tells of orders: what is known, what is new in it, and what that adds
//! to the figures.

use livemart_contracts::Facts;
use livemart_messaging::{Delivered, Failure, Tables};
use uuid::Uuid;

use crate::domain::{Learned, learn, sums};
use crate::store::{Stored, events, hours, take_turn_in};

pub(super) async fn follow<S: Stored>(
    tables: &Tables<'_>,
    durable: &str,
    batch: &[Delivered<S::Fact>],
) -> Result<Learned<S>, Failure> {
    let tx = tables.tx();
    take_turn_in(tx, durable).await?;
    let orders: Vec<Uuid> = batch.iter().filter_map(|event| event.fact.order().map(|order| order.uuid())).collect();
    let known = S::find_in(tx, orders).await?;
    let learned = learn(&known, batch);
    if !learned.changed.is_empty() {
        S::save_in(tx, &learned.changed).await?;
        hours::add_in(tx, S::HOURS, &sums::hours(&learned.changed)).await?;
    }
    events::insert_in(tx, S::EVENTS, batch).await?;
    Ok(learned)
}
