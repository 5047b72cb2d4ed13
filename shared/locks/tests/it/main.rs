//! The lock against real Redis servers, which each test starts for itself.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]

mod exclusion;
mod fencing;
mod holding;
mod lock_all;
mod quorum;
mod redis_server;
mod setup;
mod support;
