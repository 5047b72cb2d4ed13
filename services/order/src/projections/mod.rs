//! What this service knows of others, one file per read model.

mod catalogue;
mod payments;
mod stock;

pub use catalogue::Catalogue;
pub use payments::Payments;
pub use stock::StockEvents;
