//! The tables of the schema `payments`. Functions on the saga's path take whole batches: one statement each.

pub mod books;
pub mod payments;
pub mod refunds;

use sea_orm::DbErr;

fn corrupt(column: &str) -> DbErr {
    DbErr::Type(format!("the column {column} holds a value that no version of this service writes"))
}
