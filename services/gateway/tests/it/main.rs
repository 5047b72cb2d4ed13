//! The gateway in front of small services on real sockets. No NATS: who is there is told to its registry directly.

#![expect(clippy::disallowed_methods, reason = "a test has no task tracker; its tasks end with it")]

mod failing;
mod fixture;
mod forwarding;
mod services;
mod tokens;
