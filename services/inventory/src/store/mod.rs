//! The schema's tables, one file each. Whatever is on the path of an order is one statement for a whole batch.
//!
//! Rows are taken in one order everywhere, so that batches wait for each other instead of deadlocking: reservations that
//! exist, by order; then stock, by product; then reservations that are new, by order.

pub mod movements;
pub mod reservations;
pub mod returns;
pub mod stock;

use sea_orm::DbErr;

/// A row holds what the program never wrote: somebody else did, or it is older than this program knows.
fn unreadable(table: &str, what: impl std::fmt::Display) -> DbErr {
    DbErr::Type(format!("{table}: {what}"))
}
