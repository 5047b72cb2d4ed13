//! Whom the payment service calls. Every provider is behind [`PaymentProvider`]; the service knows nothing else of it.

pub mod sandbox;

use async_trait::async_trait;
use livemart_contracts::Money;

use crate::domain::Decline;

/// What a payment provider can do. Every call carries an idempotency key: made again, it is answered as the first.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// As payments show it.
    fn name(&self) -> &'static str;

    /// Holds money without taking it.
    async fn authorize(&self, key: &str, hold: &NewHold) -> Result<Hold, ProviderError>;

    /// Takes `amount` of the money held as `reference`.
    async fn capture(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError>;

    /// Releases the hold `reference`.
    async fn void(&self, key: &str, reference: &str) -> Result<(), ProviderError>;

    /// Gives `amount` of what was taken back.
    async fn refund(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError>;

    /// The hold that was made under the idempotency key `key`; `None` when the provider never saw the request.
    async fn look_up(&self, key: &str) -> Result<Option<Hold>, ProviderError>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHold {
    /// Our name for it, for the provider's own books.
    pub order_reference: String,
    pub amount: Money,
    pub method: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The provider's name for it.
    pub reference: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The customer's bank says no. Final.
    #[error("declined: {}: {}", .0.code, .0.detail)]
    Declined(Decline),
    /// The provider did not take the call.
    #[error("the provider is unavailable: {0}")]
    Unavailable(String),
    /// The provider took the call for a mistake.
    #[error("the provider refused the call: {0}")]
    Refused(String),
}
