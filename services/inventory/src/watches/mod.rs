//! What happens here because time passes.

mod levels;
mod stalled_reservations;

pub use levels::Levels;
pub use stalled_reservations::StalledReservations;
