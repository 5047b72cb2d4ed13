//! What holds in a shop, whatever happened to it.
//!
//! [`Books`] is everything that the services and the payment provider wrote down, read at one moment. The [`rules`]
//! are pure functions over it, in two kinds: what holds [at any moment](always), and what holds once everything that an
//! order started [is done](settled). Of a shop that is at work, [`overdue`] tells the second kind apart from what is only
//! under way. The simulator, the tests, the drills and `livemart audit` judge by these rules and no others.

mod books;
mod delivery;
pub mod figures;
mod money;
pub mod notices;
mod orders;
mod read;
pub mod rules;
mod stock;
mod violation;

use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::saga::STEP_LIMIT;

pub use books::{Books, Hold, Order, Payment, Quantities, Reservation, Shown, Stock, Unfinished};
pub use read::{PUBLISHING, Reading, Unreadable};
pub use rules::Rule;
pub use violation::{About, Violation};

/// What is wrong at this moment, whatever is under way.
pub fn always(books: &Books) -> Vec<Violation> {
    [money::always(books), stock::always(books)].concat()
}

/// What is not yet as it must be when nothing is under way any more. Of a shop that works, the violations of an order
/// are gone seconds after its decision.
pub fn settled(books: &Books, now: DateTime<Utc>) -> Vec<Violation> {
    let mut violations = vanishing(books, now);
    violations.extend(books.unfinished.iter().map(delivery::unfinished));
    violations
}

/// What is wrong in a shop that is at work: [`always`], and of [`settled`] what has not moved for longer than a step of
/// the saga may take.
pub fn overdue(books: &Books, now: DateTime<Utc>) -> Vec<Violation> {
    let quiet_since = quiet_since(now);
    let mut violations = always(books);
    let waiting = |violation: &Violation| books.changed_at(&violation.about).is_none_or(|at| at <= quiet_since);
    violations.extend(vanishing(books, now).into_iter().filter(waiting));
    let old = books.unfinished.iter().filter(|unfinished| unfinished.since.is_none_or(|at| at <= quiet_since));
    violations.extend(old.map(delivery::unfinished));
    violations
}

/// Until when something must have changed last, for nothing about it to be under way.
pub fn quiet_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::from_std(STEP_LIMIT).unwrap_or(TimeDelta::MAX)
}

/// What is wrong until the last message of an order has been dealt with.
fn vanishing(books: &Books, now: DateTime<Utc>) -> Vec<Violation> {
    [orders::settled(books, now), money::settled(books), stock::settled(books)].concat()
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::books::tests::{ORDER, confirmed};
    use super::*;

    #[test]
    fn what_changed_just_now_is_under_way_and_what_has_not_for_long_is_overdue() {
        let mut books = confirmed();
        let decided = Clock::default().now();
        if let Some(payment) = books.payments.get_mut(&*ORDER) {
            (payment.status, payment.captured, payment.updated_at) = ("authorized".to_owned(), 0, decided);
        }
        assert!(!settled(&books, decided).is_empty());
        assert_eq!(overdue(&books, decided), []);
        let later = decided + TimeDelta::minutes(1);
        assert_eq!(overdue(&books, later), settled(&books, later));
    }

    #[test]
    fn what_was_begun_long_ago_and_is_not_done_is_overdue() {
        let mut books = confirmed();
        let (now, what) = (Clock::default().now(), "the task payment.capture".to_owned());
        let since = |minutes| Some(now - TimeDelta::minutes(minutes));
        books.unfinished.push(Unfinished { order: Some(*ORDER), what: what.clone(), since: since(0) });
        assert_eq!(overdue(&books, now), []);
        books.unfinished.push(Unfinished { order: Some(*ORDER), what, since: since(2) });
        assert_eq!(overdue(&books, now).len(), 1);
    }
}
