//! The inventory's steps of the saga, one file each.

mod on_order_cancelled;
mod on_order_confirmed;
mod on_order_failed;
mod on_payment_authorized;
mod on_payment_refunded;
mod on_product_created;
mod settling;

pub use on_order_cancelled::OnOrderCancelled;
pub use on_order_confirmed::OnOrderConfirmed;
pub use on_order_failed::OnOrderFailed;
pub use on_payment_authorized::OnPaymentAuthorized;
pub use on_payment_refunded::OnPaymentRefunded;
pub use on_product_created::OnProductCreated;

use livemart_messaging::Failure;

/// Two consumers met at one order: the other one committed first, and the next try sees what it wrote.
fn decided_meanwhile() -> Failure {
    Failure::Retry("another step decided about one of these orders at the same time".to_owned())
}
