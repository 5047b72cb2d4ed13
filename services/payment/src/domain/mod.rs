//! The rules of a payment, without I/O.

pub mod payment;

pub use payment::{Consequence, Decline, OrderFate, Payment, Refused, Status, Terms, Transition};
