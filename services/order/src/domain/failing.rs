//! Why an order fails, in words for its customer.

use livemart_contracts::events::{FailureCode, OrderFailure, PaymentFailed, StockFailed};

pub fn declined(event: &PaymentFailed) -> OrderFailure {
    OrderFailure { code: FailureCode::PaymentDeclined, detail: format!("{}: {}", event.code, event.detail) }
}

pub fn out_of_stock(event: &StockFailed) -> OrderFailure {
    let short: Vec<String> = event
        .shortages
        .iter()
        .map(|short| format!("{}: {} wanted, {} available", short.product_id, short.requested, short.available))
        .collect();
    OrderFailure { code: FailureCode::OutOfStock, detail: short.join("; ") }
}

pub fn timed_out() -> OrderFailure {
    OrderFailure { code: FailureCode::TimedOut, detail: "the order was not decided before its deadline".to_owned() }
}
