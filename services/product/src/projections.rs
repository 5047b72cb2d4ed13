//! Read models, one file each.

mod stock_levels;

pub use stock_levels::StockLevels;
