//! Whom the payment service calls. Every provider is behind [`PaymentProvider`]; the service knows nothing else of it.
//!
//! [`sandbox`] keeps books of its own, [`stripe`] and [`toss`] are called over HTTP ([`http`]).

mod booked;
pub mod hint;
mod http;
pub mod sandbox;
pub mod stripe;
pub mod toss;

use std::sync::Arc;

use async_trait::async_trait;
use livemart_contracts::Money;
use livemart_runtime::App;

pub use booked::{Booked, BookedPage, Window};
pub use hint::{Hint, Notice, Refusal};
pub use http::Access;

use crate::config::{Config, ProviderName};
use crate::domain::{Amounts, Decline};
use sandbox::Sandbox;
use stripe::Stripe;
use toss::Toss;

/// What a payment provider can do. Every call that changes something carries an idempotency key: made again, it is answered
/// as the first.
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

    /// What became of the request `hold` under the idempotency key `key`; `None` when the provider does not know of it, and it
    /// is to be made again with the same key.
    async fn look_up(&self, key: &str, hold: &NewHold) -> Result<Option<Hold>, ProviderError>;

    /// What the provider's books say of `reference`; `None` when it is not in them.
    async fn find(&self, reference: &str) -> Result<Option<Booked>, ProviderError>;

    /// What was booked within `window`, page by page: `after` is the `next` of the page before.
    async fn page(&self, window: &Window, after: Option<&str>) -> Result<BookedPage, ProviderError>;

    /// What a webhook is about, once it is known to be worth a look.
    fn hint(&self, notice: &Notice<'_>) -> Result<Option<Hint>, Refusal>;

    /// Whether it has no holds: what is authorised is taken, and a void gives it back.
    fn takes_at_once(&self) -> bool {
        false
    }

    /// Whether a payment method pays once, and names what it paid: two payments may then come with the same one.
    fn methods_pay_once(&self) -> bool {
        false
    }
}

/// Where `ours` would be in the books of `provider`.
pub fn as_booked_by(provider: &dyn PaymentProvider, ours: Amounts) -> Amounts {
    if provider.takes_at_once() { ours.taken_at_once() } else { ours }
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
    /// The provider may or may not have done it.
    #[error("it is not known what the provider did: {0}")]
    Unknown(String),
}

/// A decline in our own words: a provider's would be another contract.
fn declined(code: &str, detail: &str) -> ProviderError {
    ProviderError::Declined(Decline { code: code.to_owned(), detail: detail.to_owned() })
}

/// What is left to be done when the service starts, before anybody is called.
pub type Opening = Box<dyn FnOnce(&App) -> anyhow::Result<()> + Send>;

/// The provider that is configured.
pub fn choose(config: &Config) -> (Arc<dyn PaymentProvider>, Opening) {
    match config.provider {
        ProviderName::Sandbox => {
            let (sandbox, books) = Sandbox::new(config);
            let open = move |app: &App| {
                books.open(&app.edge);
                Ok(())
            };
            (Arc::new(sandbox), Box::new(open))
        }
        ProviderName::Stripe => {
            let (stripe, config) = (Arc::new(Stripe::default()), config.clone());
            (Arc::clone(&stripe) as Arc<dyn PaymentProvider>, Box::new(move |_| stripe.open(&config.access()?)))
        }
        ProviderName::Toss => {
            let (toss, config) = (Arc::new(Toss::default()), config.clone());
            (Arc::clone(&toss) as Arc<dyn PaymentProvider>, Box::new(move |_| toss.open(&config.access()?)))
        }
    }
}
