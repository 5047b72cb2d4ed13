//! Messages that a consumer gave up on, and what an operator can do about them.
//!
//! A [`letter`] is one of them: a copy in `DEAD_LETTERS` or, where the consumer made none, what the server's own advisory
//! says. The [`shelf`] is where they lie; [`pick`] says which of them are meant; [`redrive`] sends one again to the one
//! consumer that failed, [`discarding`] gives it up for good.

mod advisory;
pub(crate) mod discarding;
mod letter;
mod pick;
mod redrive;
mod shelf;

pub(crate) use letter::DeadLetter;
pub(crate) use pick::{Filter, Name};
pub(crate) use redrive::Unanswered;
pub(crate) use shelf::{Content, Shelf};
