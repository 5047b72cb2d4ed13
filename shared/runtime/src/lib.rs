//! What makes a set of handlers and reactions a running service.
//!
//! [`Service`] is what a service declares, [`run`] how it starts and stops, [`Common`] what every service can be told by
//! its environment, [`live`] what of it may change meanwhile, [`Nats`] the little that a service may ask of the broker besides its events.

mod admin;
mod checks;
mod cli;
mod config;
mod connect;
mod describe;
mod discovery;
mod http;
pub mod identity;
pub mod live;
mod nats;
mod replay;
mod run;
mod serve;
mod service;
mod tasks;
mod telemetry;
mod unread;

pub use cli::main;
pub use config::Common;
pub use connect::install_tls_provider;
pub use describe::{Description, SubscriptionDescription};
pub use live::{Live, between};
pub use nats::{CONFIG_BUCKET, Nats, NatsError};
pub use service::{App, Edge, Emits, Grant, Service};
