//! Real servers and real processes; nothing is replaced by a double.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod fixture;
mod guarded;
mod leftovers;
mod servers;
mod shop;
mod streams;
mod supervision;
