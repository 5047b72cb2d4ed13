//! The rules of a payment, without I/O: [`payment`] how it moves from one
//! [`status`] to the next, [`refund`] what the staff may give back, [`amounts`] where
//! its money is.

pub mod amounts;
pub mod payment;
pub mod refund;
pub mod status;

pub use amounts::Amounts;
pub use payment::{Consequence, Decline, Payment, Refused, Terms, Transition};
pub use refund::{NotRefundable, Refund, check_restock};
pub use status::{OrderFate, Status};
