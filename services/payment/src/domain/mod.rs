//! The rules of a payment, without I/O: [`payment`] its states, [`refund`] what the staff may give back, [`amounts`] where
//! its money is.

pub mod amounts;
pub mod payment;
pub mod refund;

pub use amounts::Amounts;
pub use payment::{Consequence, Decline, OrderFate, Payment, Refused, Status, Terms, Transition};
pub use refund::{NotRefundable, Refund, check_restock};
