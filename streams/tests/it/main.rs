//! Whole sagas: all services as real processes on real servers, and everything that may go wrong between them.
//!
//! Each test ends with the invariants ([`livemart_audit`]). Tests that break or configure a shop open one
//! of their own; the others share one.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]
#![expect(
    clippy::disallowed_methods,
    reason = "no service: what is published here is meant to be what no service would publish"
)]

mod addresses;
mod analytics;
mod audit;
mod cart;
mod configuration;
mod console;
mod crashes;
mod dead_letters;
mod drills;
mod erasure;
mod events;
mod flash;
mod generated;
mod input;
mod late;
mod levels;
mod lost;
mod low_stock;
mod notifications;
mod openapi;
mod refunds;
mod refusals;
mod replay;
mod replicas;
mod saga;
mod session;
mod stream;
mod to_fulfil;
mod watchdog;
