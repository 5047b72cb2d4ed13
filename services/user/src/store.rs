//! The tables, and every query on them.

pub mod addresses;
pub mod announced;
pub mod attempts;
pub mod known_places;
pub mod refresh_tokens;
pub mod sessions;
pub mod signing_keys;
pub mod users;
