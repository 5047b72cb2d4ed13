//! The gateway in front of small services on real sockets, with a real Redis where limits are shared. No NATS: who is there
//! is told to its registry directly.

#![expect(clippy::disallowed_methods, reason = "a test has no task tracker; its tasks end with it")]

mod browsers;
mod circuit;
mod clients;
mod docs;
mod failing;
mod fixture;
mod forwarding;
mod limits;
mod services;
mod stopping;
mod tokens;
