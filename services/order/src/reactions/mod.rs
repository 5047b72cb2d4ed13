//! What moves an order, one file per event.

mod on_payment_failed;
mod on_payment_stalled;
mod on_stock_failed;
mod on_stock_reserved;
mod on_stock_stalled;
mod on_user_erased;

pub use on_payment_failed::OnPaymentFailed;
pub use on_payment_stalled::OnPaymentStalled;
pub use on_stock_failed::OnStockFailed;
pub use on_stock_reserved::OnStockReserved;
pub use on_stock_stalled::OnStockStalled;
pub use on_user_erased::OnUserErased;
