//! Calls to the payment provider, one file per kind. Each is made once per payment, whatever happens: see
//! [`livemart_messaging::tasks`].

mod authorize;
mod capture;
mod look_up;
mod refund;
mod void;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use livemart_contracts::events::Line;
use livemart_contracts::ids::RefundId;
use livemart_contracts::{Money, OrderId, PaymentId};
use livemart_messaging::{Attempt, Outcome};
use serde::{Deserialize, Serialize};

pub use authorize::{Authorize, AuthorizeRequest};
pub use capture::Capture;
pub use look_up::{LookUp, LookUpRequest};
pub use refund::Refund;
pub use void::Void;

use crate::advance::Step;
use crate::domain::{Payment, Refused, Transition};
use crate::providers::{PaymentProvider, ProviderError};

/// Whom the calls go to.
#[derive(Clone)]
pub struct Counterpart {
    pub provider: Arc<dyn PaymentProvider>,
    /// One that is silent for this long may or may not have acted.
    pub limit: Duration,
}

impl Counterpart {
    async fn within<T>(&self, call: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        tokio::time::timeout(self.limit, call).await.unwrap_or_else(|_| {
            Err(ProviderError::Unknown(format!("the provider did not answer within {} s", self.limit.as_secs())))
        })
    }

    /// Makes a call that a provider has no reason to refuse. If it does, it is made again: what is owed stays owed, and the
    /// ledger shows why it is late.
    async fn insist(&self, call: impl Future<Output = Result<(), ProviderError>>) -> Attempt<()> {
        match self.within(call).await {
            Ok(()) => Attempt::Answered(()),
            Err(ProviderError::Unavailable(error)) => Attempt::Unavailable(error),
            Err(ProviderError::Unknown(error)) => Attempt::Unknown(error),
            Err(error @ (ProviderError::Declined(_) | ProviderError::Refused(_))) => {
                tracing::error!(%error, "the provider refuses what it owes, asking again");
                Attempt::Unavailable(error.to_string())
            }
        }
    }
}

/// What a call about an existing hold needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeldPayment {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    /// The provider's name for the hold.
    pub reference: String,
    pub amount: Money,
    /// Only of a refund, where the staff asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<StaffRefund>,
}

/// What is announced with a refund that the staff asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StaffRefund {
    pub refund_id: RefundId,
    pub restock: Vec<Line>,
}

/// The steps of the payments whose call was answered; the others wait for their next attempt.
fn answered_steps<'a>(
    outcomes: &[&'a Outcome<HeldPayment, ()>],
    take: fn(&mut Payment, &HeldPayment) -> Result<Transition, Refused>,
) -> Vec<Step<'a>> {
    outcomes
        .iter()
        .filter(|outcome| matches!(outcome.attempt, Attempt::Answered(())))
        .map(|outcome| {
            let held = &outcome.request;
            Step::new(*outcome, held.order_id, move |payment| take(payment, held)).of(held.refund.as_ref())
        })
        .collect()
}
