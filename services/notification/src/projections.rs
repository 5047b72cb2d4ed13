//! What this service knows of others.

mod recipients;

pub use recipients::Recipients;
