//! What is known of a payment, and of its order, in a word.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The provider was not asked, or has not answered.
    Pending,
    /// The provider was asked and may have held the money.
    Unknown,
    Authorized,
    Captured,
    PartiallyRefunded,
    Refunded,
    Voided,
    Failed,
    /// The order was over before it was heard of.
    Tombstone,
}

impl Status {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Unknown,
        Self::Authorized,
        Self::Captured,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Voided,
        Self::Failed,
        Self::Tombstone,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Failed => "failed",
            Self::Tombstone => "tombstone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was heard of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFate {
    Open,
    Confirmed,
    /// Failed or cancelled.
    Over,
}

impl OrderFate {
    pub const ALL: [Self; 3] = [Self::Open, Self::Confirmed, Self::Over];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Over => "over",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.as_str() == text)
    }
}
