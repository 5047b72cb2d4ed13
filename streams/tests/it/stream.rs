//! The streams in the operator's hands.

use async_nats::HeaderMap;
use async_nats::jetstream::{self, message::StreamMessage};
use livemart_contracts::OrderId;
use livemart_local::{Addresses, OPERATOR};
use livemart_messaging::dead_letter::of_the_event;
use livemart_testing::connect;

/// The streams of the saga, in the order in which an order passes them.
pub const SAGA: [&str; 3] = ["ORDERS", "PAYMENTS", "STOCK"];

pub async fn jetstream(addresses: &Addresses) -> jetstream::Context {
    jetstream::new(connect(addresses, OPERATOR).await)
}

/// The messages about an order, stream by stream, as they were published: without what the broker noted in their headers,
/// such as the batch they came in, which it would take as instructions if they were stored again.
pub async fn messages_of(jetstream: &jetstream::Context, order: OrderId) -> Vec<StreamMessage> {
    let mut found = Vec::new();
    for name in SAGA {
        let mut stream = jetstream.get_stream(name).await.unwrap();
        let state = stream.info().await.unwrap().state.clone();
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(mut message) = stream.get_raw_message(sequence).await else { continue };
            if message.headers.get("ce-correlationid").is_some_and(|id| id.as_str() == order.to_string()) {
                message.headers = of_the_event(&message.headers);
                found.push(message);
            }
        }
    }
    found
}

/// Stores the message once more, under headers that `change` made different: nothing of it can be recognised by the
/// broker.
pub async fn store_again(jetstream: &jetstream::Context, message: &StreamMessage, change: impl FnOnce(&mut HeaderMap)) {
    let mut headers = message.headers.clone();
    headers.insert(async_nats::header::NATS_MESSAGE_ID, uuid::Uuid::new_v4().to_string());
    change(&mut headers);
    let stored = jetstream.publish_with_headers(message.subject.clone(), headers, message.payload.clone()).await;
    assert!(!stored.unwrap().await.unwrap().duplicate, "the broker took it for a repetition");
}
