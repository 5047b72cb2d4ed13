//! The rules of the stock, without I/O: whatever is delivered in whatever order, these decide.
//!
//! [`level`] is one product, [`lines`] what an order wants, [`reservation`] what an order may still do to the stock,
//! [`movement`] how that reaches the levels, [`adjustment`] what the staff may change, [`low`] when it is told to buy.

pub mod adjustment;
pub mod level;
pub mod lines;
pub mod low;
pub mod movement;
pub mod reservation;

#[cfg(test)]
mod invariants;

pub use adjustment::Adjustment;
pub use level::{Change, Level, Levels};
pub use lines::Lines;
pub use low::LowMark;
pub use movement::{Kind, Movement};
pub use reservation::{Illegal, Status, Transition, Unchanged};
