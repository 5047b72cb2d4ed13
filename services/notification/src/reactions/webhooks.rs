//! Trigger: a fact that third parties can hear of.
//! Effect: it is kept as it will be sent, with a delivery to each endpoint that asks for its type. Where none does,
//! nothing is kept. A fact that is announced again is not sent again.
//! Emits: nothing; asks for the deliveries.
//! Undone by: nothing.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::time::Duration;

use livemart_contracts::Facts as _;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};
use livemart_runtime::Live;

use crate::config::Settings;
use crate::domain::Subscribed;
use crate::domain::events::Verbatim;
use crate::store::deliveries::{self, NewMessage};
use crate::store::endpoints;
use crate::webhooks::{Deliver, DeliveryRequest};

pub struct Webhooks<F> {
    settings: Live<Settings>,
    facts: PhantomData<fn() -> F>,
}

impl<F: Subscribed> Webhooks<F> {
    pub fn new(settings: &Live<Settings>) -> Self {
        Self { settings: settings.clone(), facts: PhantomData }
    }
}

impl<F: Subscribed> Reaction for Webhooks<F> {
    type Event = Verbatim<F>;
    const DURABLE: &'static str = F::DURABLE;
    const LINGER: Duration = super::LINGER;

    async fn react(&self, cx: &mut Context, batch: &[Delivered<Verbatim<F>>]) -> Result<Vec<Decision>, Failure> {
        let endpoints = endpoints::listening(cx.tx()).await?;
        let recency = self.settings.get().recency();
        let mut wanted = BTreeMap::new();
        let mut decisions: Vec<Decision> = Vec::with_capacity(batch.len());
        for event in batch {
            let receivers: Vec<_> = endpoints
                .iter()
                .filter(|endpoint| endpoint.wants(event.subject()))
                .map(|endpoint| endpoint.id)
                .collect();
            let refused = recency.refuses(event.attributes.time, cx.now());
            decisions.push(match refused {
                _ if receivers.is_empty() => Decision::ignored("no endpoint asks for it"),
                Some(reason) => Decision::ignored(reason),
                None => {
                    wanted.insert(event.id(), receivers);
                    Decision::Duplicate
                }
            });
        }
        let messages: Vec<NewMessage> =
            batch.iter().filter(|event| wanted.contains_key(&event.id())).map(message).collect();
        let new = deliveries::insert_messages_in(cx.tx(), &messages, cx.now()).await?;

        let mut deliver = Vec::new();
        for (event, decision) in batch.iter().zip(&mut decisions) {
            let Some(receivers) = wanted.get(&event.id()).filter(|_| new.contains(&event.id())) else { continue };
            *decision = Decision::Applied;
            for &endpoint_id in receivers {
                let request = DeliveryRequest { event_id: event.id(), endpoint_id };
                cx.ask::<Deliver>(event, request.subject(), &request);
                deliver.push(request);
            }
        }
        deliveries::insert_in(cx.tx(), &deliver, cx.now()).await?;
        Ok(decisions)
    }
}

fn message<F: Subscribed>(event: &Delivered<Verbatim<F>>) -> NewMessage {
    NewMessage {
        event_id: event.id(),
        kind: event.subject(),
        fact: event.fact.fact.fact(event.id()),
        at: event.attributes.time,
        data: event.body.clone(),
    }
}
