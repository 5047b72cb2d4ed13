//! A provider that behaves like a real one, its failures included, and moves no money.
//!
//! It keeps its own books, in a schema of its own with a role of its own, as a real one would: an audit can compare them
//! with ours, and nothing of it is lost when the payment service dies. What it does depends on the payment method:
//!
//! | Method | What happens |
//! |---|---|
//! | `pm_card_visa` | succeeds |
//! | `pm_card_declined` | is declined |
//! | `pm_card_insufficient_funds` | is declined for lack of funds |
//! | `pm_card_slow` | succeeds after 3 s |
//! | `pm_card_timeout` | holds the money and never answers |
//! | `pm_card_flaky` | fails twice, then succeeds |

mod books;
// Public for the simulator of `livemart-streams`, whose provider keeps the same books.
pub mod ledger;
mod listed;

use std::future::pending;
use std::time::Duration;

use async_trait::async_trait;
use livemart_contracts::Money;

pub use books::Books;
use books::Entries;
use ledger::{Entry, Posted};

use super::{
    Booked, BookedPage, Hint, Hold, NewHold, Notice, PaymentProvider, ProviderError, Refusal, Window, declined,
};
use crate::config::Config;

/// How long `pm_card_slow` takes to be answered.
const SLOW: Duration = Duration::from_secs(3);
/// How often `pm_card_flaky` fails first.
const FLAKY_FAILURES: u32 = 2;

pub struct Sandbox {
    entries: Entries,
}

impl Sandbox {
    /// The provider, and its books, which are to be opened before it is called.
    pub fn new(config: &Config) -> (Self, Books) {
        let (entries, books) = Books::new(config.sandbox_database_url.clone());
        (Self { entries }, books)
    }

    async fn post(&self, entry: Entry) -> Result<Posted, ProviderError> {
        self.entries.post(entry).await
    }

    async fn hold(&self, key: &str, hold: &NewHold) -> Result<Hold, ProviderError> {
        let posted = self.post(Entry::Hold { key: key.to_owned(), hold: hold.clone() }).await?;
        posted.hold.ok_or_else(|| ProviderError::Refused("a hold without a reference".to_owned()))
    }
}

#[async_trait]
impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        "sandbox"
    }

    async fn authorize(&self, key: &str, hold: &NewHold) -> Result<Hold, ProviderError> {
        match hold.method.as_str() {
            "pm_card_visa" => self.hold(key, hold).await,
            "pm_card_declined" => Err(declined("card-declined", "the card was declined")),
            "pm_card_insufficient_funds" => Err(declined("insufficient-funds", "the card has insufficient funds")),
            "pm_card_slow" => {
                tokio::time::sleep(SLOW).await;
                self.hold(key, hold).await
            }
            "pm_card_timeout" => {
                self.hold(key, hold).await?;
                pending().await
            }
            "pm_card_flaky" => {
                let attempts = self.post(Entry::Attempt { key: key.to_owned() }).await?.attempts;
                if attempts <= FLAKY_FAILURES {
                    return Err(ProviderError::Unavailable("HTTP 503 Service Unavailable".to_owned()));
                }
                self.hold(key, hold).await
            }
            _ => Err(declined("unknown-payment-method", "the payment method does not exist")),
        }
    }

    async fn capture(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        let entry = Entry::Capture { key: key.to_owned(), reference: reference.to_owned(), amount: amount.amount };
        self.post(entry).await.map(|_| ())
    }

    async fn void(&self, key: &str, reference: &str) -> Result<(), ProviderError> {
        self.post(Entry::Void { key: key.to_owned(), reference: reference.to_owned() }).await.map(|_| ())
    }

    async fn refund(&self, key: &str, reference: &str, amount: Money) -> Result<(), ProviderError> {
        let entry = Entry::Refund { key: key.to_owned(), reference: reference.to_owned(), amount: amount.amount };
        self.post(entry).await.map(|_| ())
    }

    async fn look_up(&self, key: &str, _: &NewHold) -> Result<Option<Hold>, ProviderError> {
        Ok(self.post(Entry::LookUp { key: key.to_owned() }).await?.hold)
    }

    async fn find(&self, reference: &str) -> Result<Option<Booked>, ProviderError> {
        self.entries.find(reference).await
    }

    async fn page(&self, window: &Window, after: Option<&str>) -> Result<BookedPage, ProviderError> {
        self.entries.page(window, after).await
    }

    fn hint(&self, _: &Notice<'_>) -> Result<Option<Hint>, Refusal> {
        Err(Refusal::NeverSent)
    }
}
