//! The rules of notifications and webhooks. Pure: no database, no clock, no randomness, no network.

pub mod endpoint;
pub mod events;
pub mod notice;
pub mod reach;
pub mod recency;
pub mod signature;

pub use endpoint::{Disabled, NewEndpoint};
pub use events::Subscribed;
pub use notice::{Details, Inbox, Kind, Notice};
pub use recency::Recency;
pub use signature::Secret;
