//! The rules of an order, without I/O: [`order`] its states, [`placing`] what may be ordered and at which price.

pub mod order;
pub mod placing;

pub use order::{Illegal, Order, Status, Transition};
pub use placing::{Address, NewOrder, Unpriceable};
