//! The events that travel on the simulated bus: the real structs.

use livemart_contracts::events::{
    OrderCancelled, OrderConfirmed, OrderCreated, OrderFailed, PaymentAuthorized, PaymentCaptured, PaymentFailed,
    PaymentRefunded, PaymentStalled, PaymentVoided, StockCommitted, StockFailed, StockReleased, StockReserved,
    StockStalled,
};
use livemart_contracts::{Event, OrderId};

macro_rules! facts {
    ($($fact:ident)+) => {
        #[derive(Debug, Clone)]
        pub enum Fact {
            $($fact($fact)),+
        }

        impl Fact {
            /// The subjects of the saga's events.
            pub const SUBJECTS: &'static [&'static str] = &[$($fact::SUBJECT),+];

            pub fn subject(&self) -> &'static str {
                match self {
                    $(Self::$fact(_) => $fact::SUBJECT),+
                }
            }

            pub fn order_id(&self) -> OrderId {
                match self {
                    $(Self::$fact(fact) => fact.order_id),+
                }
            }
        }

        $(impl From<$fact> for Fact {
            fn from(fact: $fact) -> Self {
                Self::$fact(fact)
            }
        })+
    };
}

facts! {
    OrderCreated OrderConfirmed OrderFailed OrderCancelled
    PaymentAuthorized PaymentFailed PaymentCaptured PaymentVoided PaymentRefunded PaymentStalled
    StockReserved StockFailed StockCommitted StockReleased StockStalled
}
