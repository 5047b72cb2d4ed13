//! What the streams know of an order.

use anyhow::Result;
use async_nats::jetstream;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use livemart_contracts::events::OrderCreated;
use livemart_contracts::saga::SUBJECTS;
use livemart_contracts::{Event as _, OrderId, Stream};
use livemart_messaging::envelope::CE_CORRELATION_ID;
use livemart_messaging::replay::Start;

use super::event::Event;
use super::findings::Reader;
use crate::dead_letters::{DeadLetter, Shelf};
use crate::scan::{self, Scan};

/// Streams with facts about orders.
pub(super) const STREAMS: [Stream; 3] = [Stream::Orders, Stream::Payments, Stream::Stock];

/// An order's id is made before anything of it is published; clocks of one data centre differ by less than this.
const EARLIER: TimeDelta = TimeDelta::seconds(1);

/// Everything with `order` as its correlation id, in no order.
pub(super) async fn events(client: &async_nats::Client, order: OrderId) -> Result<Vec<Event>> {
    let jetstream = jetstream::new(client.clone());
    let events = all_since(&jetstream, order, made_at(order).map(|made| made - EARLIER)).await?;
    if events.iter().any(|event| event.subject == OrderCreated::SUBJECT) {
        return Ok(events);
    }
    // The clock that made the id may have been wrong by more.
    all_since(&jetstream, order, None).await
}

async fn all_since(jetstream: &jetstream::Context, order: OrderId, since: Option<DateTime<Utc>>) -> Result<Vec<Event>> {
    let found = try_join_all(STREAMS.map(|stream| in_stream(jetstream, stream, order, since))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Looks at the headers of all messages, and reads only the bodies that are meant.
async fn in_stream(
    jetstream: &jetstream::Context,
    stream: Stream,
    order: OrderId,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Event>> {
    let name = stream.name();
    let source = scan::stream(jetstream, name).await?;
    let is_of_stream = |subject: &&&str| Stream::of_subject(subject) == Some(stream);
    let subjects = SUBJECTS.iter().filter(is_of_stream).map(|subject| (*subject).to_owned()).collect();
    let order = order.to_string();
    let start = since.map_or(Start::Beginning, Start::Time);
    let sequences = scan::read(&source, Scan { start, subjects, headers_only: true }, |message| {
        let correlation = message.headers.as_ref()?.get(CE_CORRELATION_ID)?;
        if correlation.as_str() == order { Some(message.info().ok()?.stream_sequence) } else { None }
    })
    .await?;
    let mut events = Vec::with_capacity(sequences.len());
    for sequence in sequences {
        let message = source.get_raw_message(sequence).await?;
        events.extend(Event::read(name, sequence, &message.subject, &message.headers, &message.payload));
    }
    Ok(events)
}

/// UUIDv7 begins with the milliseconds of its making.
fn made_at(order: OrderId) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = order.uuid().get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

/// Who reads these streams.
pub(super) async fn readers(client: &async_nats::Client) -> Result<Vec<Reader>> {
    let jetstream = jetstream::new(client.clone());
    let mut readers = Vec::new();
    for stream in STREAMS {
        let durables = scan::durables(&scan::stream(&jetstream, stream.name()).await?).await?;
        readers.extend(durables.into_iter().map(|(durable, subjects)| Reader { durable, subjects }));
    }
    Ok(readers)
}

pub(super) async fn dead_letters(client: &async_nats::Client, order: OrderId) -> Result<Vec<DeadLetter>> {
    let order = order.to_string();
    let mut letters = Shelf::open(client.clone()).await?.read().await?;
    letters.retain(|letter| letter.order_id.as_ref() == Some(&order));
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn an_orders_id_tells_when_it_was_made() {
        let clock = Clock::default();
        let age = clock.now() - made_at(clock.new_id()).unwrap();
        assert!(age.abs() < EARLIER, "{age}");
    }

    #[test]
    fn every_fact_about_an_order_is_looked_for_in_some_stream() {
        for subject in SUBJECTS {
            assert!(STREAMS.iter().any(|stream| Stream::of_subject(subject) == Some(*stream)), "{subject}");
        }
    }
}
