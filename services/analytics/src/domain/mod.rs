//! What is known of an order, one file for each stream that tells of it, and the sums that orders add up to.

pub mod goods;
pub mod order;
pub mod payment;
pub mod span;
pub mod story;
pub mod sums;
pub mod time;

pub use goods::Goods;
pub use order::{Line, Order, Placed};
pub use payment::Payment;
pub use story::{Changed, Learned, Story, Told, learn};
pub use sums::{Figure, HourKey, ProductKey, Sums};
