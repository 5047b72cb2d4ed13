//! The JetStream streams, and which facts each of them stores.

use chrono::TimeDelta;

/// One stream per owning service: losing one, or filling it, stays that service's affair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    Orders,
    Payments,
    Stock,
    Products,
    Users,
}

impl Stream {
    pub const ALL: [Self; 5] = [Self::Orders, Self::Payments, Self::Stock, Self::Products, Self::Users];

    /// The stream's name at the server, in capitals as the `nats` CLI shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "ORDERS",
            Self::Payments => "PAYMENTS",
            Self::Stock => "STOCK",
            Self::Products => "PRODUCTS",
            Self::Users => "USERS",
        }
    }

    /// The first token of its subjects: `order` in `order.created`.
    pub const fn context(self) -> &'static str {
        match self {
            Self::Orders => "order",
            Self::Payments => "payment",
            Self::Stock => "stock",
            Self::Products => "product",
            Self::Users => "user",
        }
    }

    /// The service that announces into it.
    pub const fn publisher(self) -> &'static str {
        match self {
            Self::Orders => "order",
            Self::Payments => "payment",
            Self::Stock => "inventory",
            Self::Products => "product",
            Self::Users => "user",
        }
    }

    /// How long it keeps its messages. A person's and a product's history is as old as the shop; the saga's is over within
    /// minutes, and kept for looking back.
    pub const fn max_age(self) -> TimeDelta {
        match self {
            Self::Orders | Self::Payments | Self::Stock => TimeDelta::days(14),
            Self::Products | Self::Users => TimeDelta::days(3_650),
        }
    }

    /// Whether messages are taken out of it, because a person asks to be forgotten. What such a message says is kept nowhere
    /// else in the broker.
    pub const fn is_erasable(self) -> bool {
        matches!(self, Self::Users)
    }

    /// The stream of this name; `None` when it is none of an event.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stream| stream.name() == name)
    }

    /// The stream that stores `subject`; `None` when no stream does.
    pub fn of_subject(subject: &str) -> Option<Self> {
        let context = subject.split('.').next()?;
        Self::ALL.into_iter().find(|stream| stream.context() == context)
    }
}

/// The stream that stores what consumers could not use.
pub const DEAD_LETTERS: &str = "DEAD_LETTERS";

/// Where a message goes that its consumer cannot use: `dead.<durable>`.
pub fn dead_letter_subject(durable: &str) -> String {
    format!("dead.{durable}")
}

/// Where an operator sends a dead letter again, for this one consumer: `redrive.<durable>`.
pub fn redrive_subject(durable: &str) -> String {
    format!("redrive.{durable}")
}
