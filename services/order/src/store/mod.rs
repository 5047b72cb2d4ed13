//! The tables of the schema `orders`. Functions on the saga's path take whole batches: one statement each.

pub mod carts;
pub mod catalogue;
pub mod customers;
pub mod events;
pub mod orders;
pub mod payments;

use livemart_contracts::Money;
use livemart_contracts::money::Currency;
use sea_orm::DbErr;

/// A column holds what this program never wrote there.
fn corrupt(what: &str) -> DbErr {
    DbErr::Type(format!("the column {what} holds a value that no version of this service writes"))
}

fn money(amount: i64, currency: &str) -> Result<Money, DbErr> {
    let currency = Currency::from_code(currency).ok_or_else(|| corrupt("currency"))?;
    Ok(Money::new(amount, currency))
}
