//! What may still happen to the goods of one order. Duplicate, early and illegal are three different answers.
//!
//! ```text
//! (none) --authorized, enough--> held --confirmed--> committed --cancelled--> released
//!    |  \--authorized, short---> refused   \--failed, cancelled-------------> released
//!    \-----failed, cancelled---> tombstone
//! ```

use super::Kind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The goods are set aside until the order is decided.
    Held,
    /// The goods left with the confirmed order.
    Committed,
    /// The goods are for sale again.
    Released,
    /// There was not enough; nothing was set aside.
    Refused,
    /// The order was over before anything was set aside: what comes late finds this and does nothing.
    Tombstone,
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Held, Self::Committed, Self::Released, Self::Refused, Self::Tombstone];

    /// As the table writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Refused => "refused",
            Self::Tombstone => "tombstone",
        }
    }
}

/// What an event about an order's decision does to its goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The goods move, and the reservation is `to` from then on.
    Moved {
        kind: Kind,
        to: Status,
    },
    /// Nothing is set aside, and nothing will be.
    Tombstoned,
    Unchanged(Unchanged),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchanged {
    /// It happened already.
    Duplicate,
    /// What it follows from has not happened here.
    Early,
    /// It must change nothing, and why.
    Ignored(&'static str),
}

/// What no order of deliveries can explain: two services disagree about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order whose reservation is {} was {event}: compare the order with its reservation, then correct one of them", .status.as_str())]
pub struct Illegal {
    pub status: Status,
    pub event: &'static str,
}

const OVER: Unchanged = Unchanged::Ignored("the order is over");
const NEVER_RESERVED: Unchanged = Unchanged::Ignored("nothing was reserved for the order");

const COMMIT: Transition = Transition::Moved { kind: Kind::Commit, to: Status::Committed };
const RELEASE: Transition = Transition::Moved { kind: Kind::Release, to: Status::Released };
const RESTOCK: Transition = Transition::Moved { kind: Kind::Restock, to: Status::Released };

/// The order is paid for: `Ok` when its goods are to be set aside now.
pub fn authorized(status: Option<Status>) -> Result<(), Unchanged> {
    match status {
        None => Ok(()),
        Some(Status::Tombstone) => Err(OVER),
        Some(Status::Held | Status::Committed | Status::Released | Status::Refused) => Err(Unchanged::Duplicate),
    }
}

/// The order was confirmed, which follows from goods that are held.
pub fn confirmed(status: Option<Status>) -> Result<Transition, Illegal> {
    match status {
        None => Ok(Transition::Unchanged(Unchanged::Early)),
        Some(Status::Held) => Ok(COMMIT),
        Some(Status::Committed) => Ok(Transition::Unchanged(Unchanged::Duplicate)),
        // A cancel that followed the confirmation overtook it: the two come through different consumers.
        Some(Status::Released | Status::Tombstone) => Ok(Transition::Unchanged(OVER)),
        Some(status @ Status::Refused) => Err(Illegal { status, event: "confirmed" }),
    }
}

/// The order failed, which an order that was confirmed cannot.
pub fn failed(status: Option<Status>) -> Result<Transition, Illegal> {
    match status {
        Some(status @ Status::Committed) => Err(Illegal { status, event: "failed" }),
        status => Ok(over(status)),
    }
}

/// The order was cancelled, before or after its confirmation.
pub fn cancelled(status: Option<Status>) -> Result<Transition, Illegal> {
    match status {
        Some(Status::Committed) => Ok(RESTOCK),
        status => Ok(over(status)),
    }
}

/// Goods came back with a refund: `Ok` when they are gone by then.
pub fn returned(status: Option<Status>) -> Result<(), Unchanged> {
    match status {
        None | Some(Status::Held) => Err(Unchanged::Early),
        Some(Status::Committed) => Ok(()),
        // The cancellation brought all of them back.
        Some(Status::Released | Status::Tombstone) => Err(OVER),
        Some(Status::Refused) => Err(NEVER_RESERVED),
    }
}

fn over(status: Option<Status>) -> Transition {
    match status {
        None => Transition::Tombstoned,
        Some(Status::Held) => RELEASE,
        Some(Status::Refused) => Transition::Unchanged(NEVER_RESERVED),
        Some(Status::Committed | Status::Released | Status::Tombstone) => Transition::Unchanged(Unchanged::Duplicate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUPLICATE: Transition = Transition::Unchanged(Unchanged::Duplicate);

    #[test]
    fn an_order_is_reserved_for_once_and_never_after_its_end() {
        assert_eq!(authorized(None), Ok(()));
        assert_eq!(authorized(Some(Status::Tombstone)), Err(OVER));
        for status in [Status::Held, Status::Committed, Status::Released, Status::Refused] {
            assert_eq!(authorized(Some(status)), Err(Unchanged::Duplicate), "{status:?}");
        }
    }

    #[test]
    fn a_confirmation_waits_for_its_reservation_and_respects_the_end_of_the_order() {
        assert_eq!(confirmed(None), Ok(Transition::Unchanged(Unchanged::Early)));
        assert_eq!(confirmed(Some(Status::Held)), Ok(COMMIT));
        assert_eq!(confirmed(Some(Status::Committed)), Ok(DUPLICATE));
        assert_eq!(confirmed(Some(Status::Released)), Ok(Transition::Unchanged(OVER)));
        assert_eq!(confirmed(Some(Status::Tombstone)), Ok(Transition::Unchanged(OVER)));
        assert!(confirmed(Some(Status::Refused)).is_err(), "sold what was not there");
    }

    #[test]
    fn the_end_of_an_order_frees_its_goods_wherever_they_are() {
        for over in [failed, cancelled] {
            assert_eq!(over(None), Ok(Transition::Tombstoned));
            assert_eq!(over(Some(Status::Held)), Ok(RELEASE));
            assert_eq!(over(Some(Status::Released)), Ok(DUPLICATE));
            assert_eq!(over(Some(Status::Tombstone)), Ok(DUPLICATE));
            assert_eq!(over(Some(Status::Refused)), Ok(Transition::Unchanged(NEVER_RESERVED)));
        }
        assert_eq!(cancelled(Some(Status::Committed)), Ok(RESTOCK));
        assert!(failed(Some(Status::Committed)).is_err(), "a confirmed order cannot fail");
    }

    #[test]
    fn goods_come_back_when_they_are_gone_and_once() {
        assert_eq!(returned(Some(Status::Committed)), Ok(()));
        for status in [None, Some(Status::Held)] {
            assert_eq!(returned(status), Err(Unchanged::Early), "{status:?}");
        }
        for status in [Status::Released, Status::Tombstone] {
            assert_eq!(returned(Some(status)), Err(OVER), "{status:?}");
        }
        assert_eq!(returned(Some(Status::Refused)), Err(NEVER_RESERVED));
    }

    #[test]
    fn an_end_that_is_announced_again_changes_nothing_more() {
        for over in [failed, cancelled] {
            for status in Status::ALL {
                let Ok(Transition::Moved { to, .. }) = over(Some(status)) else { continue };
                assert_eq!(over(Some(to)), Ok(DUPLICATE), "{status:?}");
            }
            assert_eq!(over(Some(Status::Tombstone)), Ok(DUPLICATE));
        }
    }
}
