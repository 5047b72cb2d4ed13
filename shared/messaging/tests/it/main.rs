//! The promises of this crate, against a real Postgres and a real nats-server.

mod consumer;
mod fixture;
mod loss;
mod redrive;
mod relay;
mod replay;
mod worker;
