//! Who uses a shop: over its REST API, through the gateway or at a service's own address.

mod api;
mod customer;
mod promise;
mod staff;

pub use api::{Answer, Api};
pub use customer::{Customer, Lines};
pub use staff::Staff;
