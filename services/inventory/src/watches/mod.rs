//! What happens here because time passes.

mod stalled_reservations;

pub use stalled_reservations::StalledReservations;
