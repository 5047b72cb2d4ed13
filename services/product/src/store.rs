//! The tables of the catalogue. Every function takes a connection or a transaction and runs one statement.

pub mod categories;
pub mod changes;
pub mod products;
mod row;
pub mod stock;

pub use row::{Offer, Revision};
