//! The tables of the schema `payments`. Functions on the saga's path take whole batches: one statement each.

pub mod payments;
