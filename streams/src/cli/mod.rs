//! One file per command.

pub mod generate;
pub mod simulate;
