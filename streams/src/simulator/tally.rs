//! What happened, in numbers.

use std::ops::AddAssign;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub orders: u64,
    pub confirmed: u64,
    pub cancelled: u64,
    pub declined: u64,
    pub out_of_stock: u64,
    pub timed_out: u64,
    /// Events in the outboxes.
    pub events: u64,
    /// Faults injected.
    pub faults: u64,
    /// Everything that happened.
    pub turns: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.confirmed += other.confirmed;
        self.cancelled += other.cancelled;
        self.declined += other.declined;
        self.out_of_stock += other.out_of_stock;
        self.timed_out += other.timed_out;
        self.events += other.events;
        self.faults += other.faults;
        self.turns += other.turns;
    }
}
