//! What a product is and how it may change. Pure: no database, no clock.

pub mod category;
pub mod details;
pub mod product;

pub use category::Category;
pub use details::{Breach, Details, Draft, Edit, TextEdit};
pub use product::{Product, Transition};
