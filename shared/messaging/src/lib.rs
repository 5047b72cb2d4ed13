//! How a step of the saga commits, and how its facts travel.
//!
//! A step is one Postgres transaction: what changed, which event was applied ([`inbox`]), which events follow
//! ([`outbox`]) and which calls to the outside it asks for ([`tasks`]). Nothing else publishes, acknowledges or calls out.
//!
//! Read in this order: [`context`] is what a step gets, [`reaction`] what it may answer, [`consumer`] how it is run,
//! [`outbox`] and [`relay`] how its events reach JetStream, [`tasks`] and [`worker`] how calls to the outside are made,
//! [`replay`] how read models are made anew, [`watch`] how time passes, [`retention`] what is forgotten and when, [`group`]
//! how requests that arrive together share one commit.

pub mod backoff;
pub mod batch;
pub mod consumer;
pub mod context;
pub mod crash;
pub mod dead_letter;
pub mod envelope;
pub mod group;
pub mod inbox;
mod kept;
mod lease;
mod listing;
pub mod metrics;
pub mod outbox;
pub mod reaction;
pub mod relay;
pub mod replay;
pub mod retention;
pub mod span;
pub mod store;
pub mod tasks;
mod turn;
pub mod wake;
pub mod watch;
pub mod worker;

pub use context::{Context, UnitOfWork};
pub use envelope::{Cause, Delivered};
pub use listing::Listing;
pub use reaction::{Decision, Failure, Personal, Projection, Reaction, Rows, Table, Tables};
pub use store::{Store, sql};
pub use tasks::{Attempt, Effect, Outcome};
pub use watch::Watch;
