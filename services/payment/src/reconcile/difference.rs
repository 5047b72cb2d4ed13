//! Where two books differ, and what is to be done about it.

use livemart_contracts::{OrderId, PaymentId};
use schemars::JsonSchema;
use serde::Serialize;

use super::Pair;
use crate::domain::{Amounts, Status};
use crate::providers::{Booked, PaymentProvider, as_booked_by};
use crate::store::books::Recorded;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Both know of it, and have its money in different places.
    AmountsDiffer,
    /// The provider has never heard of what we recorded.
    UnknownToProvider,
    /// The provider holds or keeps money that no payment of ours accounts for.
    UnknownToUs,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::AmountsDiffer, Self::UnknownToProvider, Self::UnknownToUs];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountsDiffer => "amounts-differ",
            Self::UnknownToProvider => "unknown-to-provider",
            Self::UnknownToUs => "unknown-to-us",
        }
    }
}

/// One difference. `livemart reconcile --json` prints it; programs rely on every name in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    pub kind: Kind,
    pub payment_id: Option<PaymentId>,
    pub order_id: Option<OrderId>,
    /// The provider's name for it.
    pub reference: Option<String>,
    pub currency: &'static str,
    /// What our books say, as this provider books it.
    pub ours: Option<Amounts>,
    pub theirs: Option<Amounts>,
    /// What to do.
    pub remedy: &'static str,
}

/// How the two sides of `pair` differ; `None` where they agree.
pub(super) fn of(provider: &dyn PaymentProvider, pair: &Pair) -> Option<Difference> {
    let ours = pair.ours.as_ref().map(|ours| as_booked_by(provider, ours.amounts));
    match (&pair.ours, &pair.theirs) {
        (Some(recorded), Some(booked)) => {
            let ours = ours.unwrap_or_default();
            let agree = ours.agree(&booked.amounts) && recorded.amount.currency == booked.currency;
            let remedy = || amounts(recorded.status, &ours, &booked.amounts);
            (!agree).then(|| Difference { remedy: remedy(), ..difference(Kind::AmountsDiffer, pair, ours.into()) })
        }
        (Some(recorded), None) => recorded.reference.as_ref().map(|_| Difference {
            remedy: "see whether the key is of the account that it was made with; if so, ask the provider with the reference",
            ..difference(Kind::UnknownToProvider, pair, ours)
        }),
        (None, Some(booked)) => booked.amounts.has_money().then(|| Difference {
            remedy: "no payment asked for it: release or refund it at the provider",
            ..difference(Kind::UnknownToUs, pair, None)
        }),
        (None, None) => None,
    }
}

fn difference(kind: Kind, pair: &Pair, ours: Option<Amounts>) -> Difference {
    let recorded = pair.ours.as_ref();
    let currency = recorded.map(|ours| ours.amount.currency).or_else(|| Some(pair.theirs.as_ref()?.currency));
    Difference {
        kind,
        payment_id: recorded.map(|ours: &Recorded| ours.payment_id),
        order_id: recorded.map(|ours| ours.order_id).or_else(|| super::order_of(pair.theirs.as_ref()?)),
        reference: pair
            .theirs
            .as_ref()
            .map(|theirs: &Booked| theirs.reference.clone())
            .or_else(|| recorded?.reference.clone()),
        currency: currency.map_or("", |currency| currency.code()),
        ours,
        theirs: pair.theirs.as_ref().map(|theirs| theirs.amounts),
        remedy: "",
    }
}

fn amounts(status: Status, ours: &Amounts, theirs: &Amounts) -> &'static str {
    if matches!(status, Status::Pending | Status::Unknown | Status::Failed) {
        return if status == Status::Failed {
            "we took it for declined: release or refund it at the provider"
        } else {
            "its authorisation was not answered: `just stuck` shows whether it is asked again"
        };
    }
    if theirs.refunded > ours.refunded {
        return "somebody gave money back at the provider itself: give none back here a second time";
    }
    if theirs.refunded < ours.refunded {
        return "we announced a refund that the provider does not have: give it back there, with the reference";
    }
    if theirs.captured > ours.captured {
        return "it was taken and we have not recorded it: `just stuck` shows whether the capture is asked for again";
    }
    if theirs.captured < ours.captured && theirs.held > 0 {
        return "we count what is only held: capture it at the provider before the hold ends";
    }
    if theirs.captured < ours.captured {
        return "we count money that was not taken: the order is not paid for, ask the provider why";
    }
    if theirs.held < ours.held {
        return "the hold has ended at the provider: cancel the order, nothing can be taken for it";
    }
    if theirs.held > ours.held {
        return "we released it, and the provider still holds it: release it there";
    }
    "the currency is another one: ask the provider with the reference"
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use livemart_contracts::money::Currency;
    use livemart_contracts::{Clock, Money};

    use super::*;
    use crate::providers::stripe::Stripe;
    use crate::providers::toss::Toss;

    fn pair(status: Status, (captured, refunded): (i64, i64), theirs: Amounts) -> Pair {
        let recorded = Recorded {
            order_id: Clock::default().new_id(),
            payment_id: Clock::default().new_id(),
            status,
            amount: Money::new(100, Currency::KRW),
            amounts: Amounts::of(status, 100, captured, refunded),
            reference: Some("pi_1".to_owned()),
            updated_at: DateTime::UNIX_EPOCH,
        };
        let booked = Booked {
            reference: "pi_1".to_owned(),
            order_reference: Some(recorded.order_id.to_string()),
            currency: Currency::KRW,
            amounts: theirs,
            made_at: DateTime::UNIX_EPOCH,
        };
        Pair { ours: Some(recorded), theirs: Some(booked) }
    }

    const NOTHING: Amounts = Amounts { held: 0, captured: 0, refunded: 0, released: 0 };
    const HELD: Amounts = Amounts { held: 100, ..NOTHING };
    const TAKEN: Amounts = Amounts { captured: 100, ..NOTHING };
    const GIVEN_BACK: Amounts = Amounts { captured: 100, refunded: 100, ..NOTHING };
    const RELEASED: Amounts = Amounts { released: 100, ..NOTHING };

    #[test]
    fn books_agree_where_the_money_is_at_the_same_place() {
        let stripe = Stripe::default();
        for (status, recorded, theirs) in [
            (Status::Authorized, (0, 0), HELD),
            (Status::Captured, (100, 0), TAKEN),
            (Status::Refunded, (100, 100), GIVEN_BACK),
            (Status::Voided, (0, 0), RELEASED),
            // A card that was declined leaves an intent with nothing in it.
            (Status::Failed, (0, 0), NOTHING),
        ] {
            assert_eq!(of(&stripe, &pair(status, recorded, theirs)), None, "{status}");
        }
        let toss = Toss::default();
        for (status, recorded, theirs) in [
            (Status::Authorized, (0, 0), TAKEN),
            (Status::Captured, (100, 0), TAKEN),
            (Status::Voided, (0, 0), GIVEN_BACK),
            (Status::Refunded, (100, 100), GIVEN_BACK),
        ] {
            assert_eq!(of(&toss, &pair(status, recorded, theirs)), None, "{status}");
        }
    }

    #[test]
    fn each_difference_says_what_to_do() {
        let stripe = Stripe::default();
        let part = Amounts { captured: 100, refunded: 40, ..NOTHING };
        for (status, recorded, theirs, remedy) in [
            (Status::Authorized, (0, 0), RELEASED, "cancel the order"),
            (Status::Authorized, (0, 0), TAKEN, "not recorded it"),
            (Status::Captured, (100, 0), HELD, "before the hold ends"),
            (Status::Captured, (100, 0), RELEASED, "not paid for"),
            (Status::Captured, (100, 0), part, "a second time"),
            (Status::Refunded, (100, 100), part, "give it back there"),
            (Status::Voided, (0, 0), HELD, "release it there"),
            (Status::Failed, (0, 0), HELD, "declined"),
            (Status::Unknown, (0, 0), HELD, "asked again"),
        ] {
            let found = of(&stripe, &pair(status, recorded, theirs)).unwrap();
            assert_eq!(found.kind, Kind::AmountsDiffer);
            assert!(found.remedy.contains(remedy), "{status}: {}", found.remedy);
        }
        let mut lost = pair(Status::Captured, (100, 0), TAKEN);
        lost.theirs = None;
        assert_eq!(of(&stripe, &lost).unwrap().kind, Kind::UnknownToProvider);
        let mut stray = pair(Status::Captured, (100, 0), HELD);
        stray.ours = None;
        assert_eq!(of(&stripe, &stray).unwrap().kind, Kind::UnknownToUs);
        let mut empty = pair(Status::Captured, (100, 0), RELEASED);
        empty.ours = None;
        assert_eq!(of(&stripe, &empty), None, "there is no money in it");
    }
}
