//! Rules that can be broken on purpose, to see that the simulator notices.
//!
//! The simulated adapters break them, never the services. A test breaks each of them and waits for the first seed that ends
//! in a violation; `simulate --without <rule>` shows one.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rule {
    /// A payment whose order was over before it was heard of never starts.
    PaymentTombstone,
    /// Goods of an order that was over before it was heard of are never set aside.
    InventoryTombstone,
    /// Money is taken after the confirmation only.
    HoldThenCapture,
    /// An event is applied once by each consumer.
    Inbox,
    /// State and events are committed together.
    Outbox,
    /// A message is acknowledged after the commit.
    AckAfterCommit,
    /// What is owed to a customer is asked of the provider until it is done.
    VoidRetried,
    /// A provider that does not answer may have held the money.
    UnknownIsNotFailed,
    /// Every attempt at a call carries the same key.
    IdempotencyKey,
    /// All lines of an order are set aside, or none.
    AllOrNothing,
    /// A hold that turns up after the end of its order is released.
    LateHoldVoided,
    /// An order that nobody decided in time fails.
    Deadline,
    /// Who waits for a decision too long asks for it.
    StalledAsks,
    /// A cancellation brings back the goods that refunds did not.
    ReturnedOnce,
    /// What a stream lost is announced again from the outbox.
    Restore,
}
