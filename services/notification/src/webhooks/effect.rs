//! Delivers one event to one endpoint, with growing pauses for days.

use std::time::Duration;

use livemart_contracts::EventId;
use livemart_contracts::ids::WebhookEndpointId;
use livemart_messaging::backoff::Backoff;
use livemart_messaging::tasks::Call;
use livemart_messaging::{Attempt, Context, Effect, Failure, Outcome};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::domain::{Details, Disabled, Inbox, Kind, Notice};
use crate::notify::{Given, Notifier};
use crate::outside::{NOT_STARTED, Opened, Outside};
use crate::store::deliveries::{self, DELIVERED, DROPPED, FAILED, Try};
use crate::store::endpoints;
use crate::webhooks::under_way::UnderWay;

/// After this many attempts, which take two and a half to three and a half days, a delivery has failed.
const ATTEMPTS: u32 = 20;
/// The endpoint wants nothing any more.
const GONE: u16 = 410;
/// Before a delivery to an endpoint that is busy with others asks again; with jitter, for not all to ask at once.
const ASKS_AGAIN: Backoff = Backoff { first: Duration::from_secs(5), longest: Duration::from_secs(5) };

pub struct Deliver {
    outside: Outside,
    notifier: Notifier,
    under_way: UnderWay,
}

/// Which event, to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRequest {
    pub event_id: EventId,
    pub endpoint_id: WebhookEndpointId,
}

impl DeliveryRequest {
    /// Its task's.
    pub fn subject(self) -> String {
        format!("{}:{}", self.event_id, self.endpoint_id)
    }
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Delivered,
    /// The endpoint is disabled, or no longer there.
    Dropped,
    Gone,
    GivenUp,
}

impl Ended {
    fn status(self) -> &'static str {
        match self {
            Self::Delivered => DELIVERED,
            Self::Dropped => DROPPED,
            Self::Gone | Self::GivenUp => FAILED,
        }
    }

    /// Whether the endpoint is to be disabled.
    fn disables(self) -> Option<Disabled> {
        match self {
            Self::Delivered | Self::Dropped => None,
            Self::Gone => Some(Disabled::Gone),
            Self::GivenUp => Some(Disabled::Failing),
        }
    }
}

/// What an attempt means for its delivery.
fn judge(tried: &Try, attempt: u32) -> Attempt<Ended> {
    match tried.status {
        Some(200..300) => Attempt::Answered(Ended::Delivered),
        Some(GONE) => Attempt::Answered(Ended::Gone),
        _ if attempt >= ATTEMPTS => Attempt::Answered(Ended::GivenUp),
        Some(status) => Attempt::Unavailable(format!("the endpoint answered {status}")),
        None => Attempt::Unavailable("the endpoint did not answer".to_owned()),
    }
}

impl Deliver {
    pub fn new(outside: Outside, notifier: Notifier) -> Self {
        Self { outside, notifier, under_way: UnderWay::default() }
    }

    async fn send(&self, call: &Call<DeliveryRequest>) -> Result<Attempt<Ended>, DbErr> {
        let Some(Opened { store, webhooks, .. }) = self.outside.get() else {
            return Ok(Attempt::Unavailable(NOT_STARTED.to_owned()));
        };
        let (delivery, now) = (call.request, store.clock().now());
        let Some(_place) = self.under_way.place_for(delivery.endpoint_id) else {
            return Ok(Attempt::Deferred(ASKS_AGAIN.after(1)));
        };
        let outgoing = deliveries::find_outgoing(store.db(), delivery, now).await?;
        let Some(outgoing) = outgoing.filter(|outgoing| !outgoing.disabled) else {
            return Ok(Attempt::Answered(Ended::Dropped));
        };
        let tried = webhooks.send(delivery.event_id, &outgoing, now.timestamp()).await;
        deliveries::tried(store.db(), store.clock().new_id(), delivery, &tried, now).await?;
        if let Some(pause) = tried.retry_after {
            // However long it asks for: attempts are counted, and take days in all.
            call.pause_at_least(pause.min(Self::RETRY.longest));
        }
        Ok(judge(&tried, call.attempt))
    }
}

impl Effect for Deliver {
    const KIND: &'static str = "notification.webhook";
    /// 5 s, 10 s, 20 s, …, up to twice a day.
    const RETRY: Backoff = Backoff { first: Duration::from_secs(5), longest: Duration::from_secs(12 * 60 * 60) };
    type Request = DeliveryRequest;
    type Answer = Ended;

    async fn perform(&self, call: &Call<DeliveryRequest>) -> Attempt<Ended> {
        // It may have been taken, and nobody could write that down: it is sent again under the same id.
        self.send(call).await.unwrap_or_else(|error| Attempt::Unknown(error.to_string()))
    }

    async fn record(&self, cx: &mut Context, outcomes: &[&Outcome<DeliveryRequest, Ended>]) -> Result<(), Failure> {
        let answered = |outcome: &&Outcome<DeliveryRequest, Ended>| match outcome.attempt {
            Attempt::Answered(ended) => Some((outcome.request, ended)),
            Attempt::Unknown(_) | Attempt::Unavailable(_) | Attempt::Deferred(_) => None,
        };
        let ended: Vec<(DeliveryRequest, Ended)> = outcomes.iter().filter_map(answered).collect();
        let took = ended.iter().filter(|(_, ended)| *ended == Ended::Delivered);
        let took: Vec<WebhookEndpointId> = took.map(|(delivery, _)| delivery.endpoint_id).collect();
        endpoints::delivered_in(cx.tx(), &took, cx.now()).await?;

        let mut given = Vec::new();
        for (outcome, (delivery, ended)) in outcomes.iter().filter_map(|outcome| Some((outcome, answered(outcome)?))) {
            let Some(why) = ended.disables() else { continue };
            if endpoints::disable_in(cx.tx(), delivery, why, cx.now()).await? {
                let endpoint = delivery.endpoint_id;
                tracing::warn!(%endpoint, reason = why.name(), "a webhook endpoint was disabled");
                given.push(Given { notice: disabled(endpoint, cx.now()), cause: (*outcome).into(), at: cx.now() });
            }
        }
        self.notifier.tell(cx, &given).await?;
        let concluded: Vec<_> = ended.into_iter().map(|(delivery, ended)| (delivery, ended.status())).collect();
        deliveries::conclude_in(cx.tx(), &concluded, cx.now()).await?;
        Ok(())
    }
}

/// To the staff, each time that it happens.
fn disabled(endpoint: WebhookEndpointId, now: chrono::DateTime<chrono::Utc>) -> Notice {
    Notice {
        to: Inbox::Staff,
        kind: Kind::WebhookEndpointDisabled,
        subject: format!("{endpoint}:{}", now.timestamp_micros()),
        details: Details { webhook_endpoint_id: Some(endpoint), ..Details::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(status: Option<u16>, attempt: u32) -> Attempt<Ended> {
        judge(&Try { status, error: None, took: Duration::ZERO, retry_after: None }, attempt)
    }

    #[test]
    fn what_an_endpoint_answers_decides_whether_it_is_tried_again() {
        assert_eq!(after(Some(204), 1), Attempt::Answered(Ended::Delivered));
        assert_eq!(after(Some(410), 1), Attempt::Answered(Ended::Gone));
        for later in [None, Some(302), Some(400), Some(404), Some(429), Some(500)] {
            assert!(matches!(after(later, 1), Attempt::Unavailable(_)), "{later:?}");
            assert!(matches!(after(later, ATTEMPTS - 1), Attempt::Unavailable(_)), "{later:?}");
            assert_eq!(after(later, ATTEMPTS), Attempt::Answered(Ended::GivenUp), "{later:?}");
        }
    }

    #[test]
    fn a_delivery_is_tried_for_days() {
        let most: Duration = (1..ATTEMPTS).map(longest_pause).sum();
        let days = most.as_secs_f64() / 86_400.0;
        assert!((3.0..4.0).contains(&days), "{days} days");
    }

    /// Without jitter, which takes at most half of it.
    fn longest_pause(attempt: u32) -> Duration {
        Deliver::RETRY.first.saturating_mul(1 << attempt.saturating_sub(1).min(20)).min(Deliver::RETRY.longest)
    }
}
