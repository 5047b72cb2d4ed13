//! The promises of this crate, against a real Postgres and a real nats-server.

mod consumer;
mod fixture;
mod relay;
mod worker;
