//! How far a durable is behind its stream, as the server says.

use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::PullConsumer;
use tokio_util::sync::CancellationToken;

use super::Subscription;
use crate::metrics;

/// Between two looks: about as often as metrics are asked for.
const EVERY: Duration = Duration::from_secs(15);

/// Measures until `stop`. All replicas see the same.
pub(super) async fn measure(jetstream: &jetstream::Context, subscription: &Subscription, stop: &CancellationToken) {
    let labels = [subscription.stream.name(), subscription.durable];
    while !stop.is_cancelled() {
        let asked = jetstream.get_consumer_from_stream(subscription.durable, subscription.stream.name());
        let consumer: Result<PullConsumer, _> = tokio::select! {
            consumer = asked => consumer,
            () = stop.cancelled() => return,
        };
        match consumer {
            Ok(consumer) => {
                let info = consumer.cached_info();
                let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                metrics::LAG.with_label_values(&labels).set(number(info.num_pending));
                metrics::IN_HAND.with_label_values(&labels).set(number(info.num_ack_pending as u64));
            }
            // What was measured last would look like the truth.
            Err(error) => {
                tracing::debug!(durable = subscription.durable, %error, "how far the durable is cannot be asked");
                drop(metrics::LAG.remove_label_values(&labels));
                drop(metrics::IN_HAND.remove_label_values(&labels));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}
