//! Whom this service tells what, one file per event.

mod on_order_cancelled;
mod on_order_confirmed;
mod on_order_delivered;
mod on_order_failed;
mod on_order_shipped;
mod on_payment_refunded;
mod on_stock_low;
mod on_user_erased;
mod on_user_registered;
mod webhooks;

use std::time::Duration;

use livemart_messaging::Delivered;

pub use on_order_cancelled::OnOrderCancelled;
pub use on_order_confirmed::OnOrderConfirmed;
pub use on_order_delivered::OnOrderDelivered;
pub use on_order_failed::OnOrderFailed;
pub use on_order_shipped::OnOrderShipped;
pub use on_payment_refunded::OnPaymentRefunded;
pub use on_stock_low::OnStockLow;
pub use on_user_erased::OnUserErased;
pub use on_user_registered::OnUserRegistered;
pub use webhooks::Webhooks;

use crate::domain::Notice;
use crate::notify::Given;

/// What many are told at once may be so much late: mails and webhooks take longer by themselves.
const LINGER: Duration = Duration::from_millis(200);

/// What is to be told about each event of a batch.
fn about<E>(batch: &[Delivered<E>], notice: impl Fn(&Delivered<E>) -> Notice) -> Vec<Given> {
    let given = |event: &Delivered<E>| Given { notice: notice(event), cause: event.into(), at: event.attributes.time };
    batch.iter().map(given).collect()
}
