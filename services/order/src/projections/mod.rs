//! What this service knows of others, one file per read model.

mod catalogue;
mod payments;
mod stock;

use std::time::Duration;

pub use catalogue::Catalogue;
pub use payments::Payments;
pub use stock::StockEvents;

/// What is shown of an order may be so much late: the order itself does not wait for it.
const LINGER: Duration = Duration::from_millis(50);
