//! The rules of an order, without I/O: [`order`] its states, [`placing`] what may be ordered and at which price, [`failing`]
//! why an order fails, [`announcing`] what the others hear of a decision, [`cart`] what is put
//! aside before, [`following`] how much of an order's story somebody has seen.

pub mod announcing;
pub mod cart;
pub mod failing;
pub mod following;
pub mod order;
pub mod placing;

pub use announcing::Announcement;
pub use cart::Cart;
pub use order::{Illegal, Order, Status, Transition};
pub use placing::{NewOrder, Unpriceable};
