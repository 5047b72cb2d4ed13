//! One file per projection. Three follow orders, each on the stream of another service.
//!
//! The contract calls a projection's durable after its service alone, `analytics`. Dead letters are sent again by the name of
//! the durable, whatever its stream, and a replay names one projection: so each has a name of its own (docs/adr/0007).

mod following;
mod orders;
mod payments;
mod products;
mod stock;

use std::time::Duration;

pub use orders::Orders;
pub use payments::Payments;
pub use products::Products;
pub use stock::Stock;

/// Figures may be so much late: a person who looks at them does not see it.
const LINGER: Duration = Duration::from_millis(500);
