//! Webhooks to third parties: how they are sent ([`client`]), where they may go ([`resolver`]), and for how long it is
//! tried ([`effect`]), so many at once ([`under_way`]). Signatures are in [`crate::domain::signature`].

mod client;
mod effect;
mod resolver;
mod under_way;

pub use client::WebhookClient;
pub use effect::{Deliver, DeliveryRequest};
