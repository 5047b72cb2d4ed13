//! The pages, served by a shop of real services: over HTTP, as a browser without scripts sees them, and in a real browser.

#![allow(clippy::unwrap_used, reason = "helpers of tests may fail a test as tests do")]

mod account;
mod browser;
mod buying;
mod catalogue;
mod languages;
mod outage;
mod protection;
mod reader;
mod sessions;
mod staff;
