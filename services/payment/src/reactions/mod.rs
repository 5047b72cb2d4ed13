//! What moves a payment, one file per event.

mod on_order_cancelled;
mod on_order_confirmed;
mod on_order_created;
mod on_order_failed;
mod on_stock_failed;
mod over;

pub use on_order_cancelled::OnOrderCancelled;
pub use on_order_confirmed::OnOrderConfirmed;
pub use on_order_created::OnOrderCreated;
pub use on_order_failed::OnOrderFailed;
pub use on_stock_failed::OnStockFailed;
