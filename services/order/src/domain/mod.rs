//! The rules of an order, without I/O: [`order`] its states, [`placing`] what may be ordered and at which price, [`failing`]
//! why an order fails, [`announcing`] what the others hear of a decision.

pub mod announcing;
pub mod failing;
pub mod order;
pub mod placing;

pub use announcing::Announcement;
pub use order::{Illegal, Order, Status, Transition};
pub use placing::{Address, NewOrder, Unpriceable};
