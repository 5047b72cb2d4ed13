//! The whole saga of one order: what happened, who did it, how each reader decided, what is expected next.
//!
//! What happened is read from the streams alone ([`read`]); how each reader decided is in the inboxes and in the ledger of
//! calls ([`ledgers`]). [`story`] puts them together and [`expected`] compares with what the saga promises, both without
//! I/O. [`text`] is the picture for a terminal; `--json` prints the [`Story`] itself.

mod event;
mod expected;
mod findings;
mod ledgers;
mod read;
mod story;
#[cfg(test)]
mod tests;
mod text;

use anyhow::{Result, bail};
use livemart_contracts::{Clock, OrderId, Stream};
use sqlx::PgConnection;

use findings::Findings;
pub(crate) use story::Story;
pub(crate) use text::print;

/// Reads and assembles the saga of `order`.
pub(crate) async fn of(nats: &async_nats::Client, database: &mut PgConnection, order: OrderId) -> Result<Story> {
    let events = read::events(nats, order).await?;
    if events.is_empty() {
        let streams = read::STREAMS.map(Stream::name).join(", ");
        let days = Stream::Orders.max_age().num_days();
        bail!(
            "no event of {order} is in the streams {streams}, which keep {days} days: an unknown order, or an old one"
        );
    }
    let readers = read::readers(nats).await?;
    let dead = read::dead_letters(nats, order).await?;
    let decisions = ledgers::decisions(database, &events).await?;
    let calls = ledgers::calls(database, order).await?;
    Ok(Story::assemble(order, Findings { events, readers, decisions, dead, calls }, Clock::default().now()))
}
