//! How sagas ended, and when: from the streams, by the time at which the server stored each fact. So nobody has to watch
//! while a benchmark runs, and nothing that watches is measured.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::jetstream;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use livemart_contracts::events::{OrderConfirmed, OrderFailed, PaymentCaptured, StockCommitted};
use livemart_contracts::{Event, OrderId, Stream};
use livemart_messaging::envelope::CE_CORRELATION_ID;
use livemart_messaging::replay::Start;

use crate::load::Latency;
use crate::scan::{self, Scan};

type Times = HashMap<OrderId, DateTime<Utc>>;

pub(super) struct Endings {
    confirmed: Times,
    captured: Times,
    committed: Times,
    failed: Times,
}

/// How many sagas have ended up to now, from what the streams count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    captured: u64,
    committed: u64,
    failed: u64,
}

impl Counts {
    pub(super) async fn read(jetstream: &jetstream::Context) -> Result<Self> {
        let (captured, committed, failed) = tokio::try_join!(
            count::<PaymentCaptured>(jetstream),
            count::<StockCommitted>(jetstream),
            count::<OrderFailed>(jetstream)
        )?;
        Ok(Self { captured, committed, failed })
    }

    /// Sagas that ended since `earlier`.
    pub(super) fn since(self, earlier: Self) -> u64 {
        let confirmed = (self.captured - earlier.captured).min(self.committed - earlier.committed);
        confirmed + self.failed - earlier.failed
    }
}

async fn count<E: Event>(jetstream: &jetstream::Context) -> Result<u64> {
    let stream = jetstream.get_stream_no_info(stream_of::<E>()?).await?;
    let mut subjects = stream.info_with_subjects(E::SUBJECT).await?;
    let mut many = 0;
    while let Some((_, messages)) = subjects.try_next().await? {
        many += u64::try_from(messages)?;
    }
    Ok(many)
}

impl Endings {
    /// Of everything that was stored since.
    pub(super) async fn read(jetstream: &jetstream::Context, since: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            confirmed: times::<OrderConfirmed>(jetstream, since).await?,
            captured: times::<PaymentCaptured>(jetstream, since).await?,
            committed: times::<StockCommitted>(jetstream, since).await?,
            failed: times::<OrderFailed>(jetstream, since).await?,
        })
    }

    pub(super) fn confirmed(&self, order: OrderId) -> Option<DateTime<Utc>> {
        self.confirmed.get(&order).copied()
    }

    /// When the money was taken and the goods had left; of an order that failed, when that was decided.
    pub(super) fn done(&self, order: OrderId) -> Option<DateTime<Utc>> {
        let paid = || Some(*self.captured.get(&order)?.max(self.committed.get(&order)?));
        self.failed.get(&order).copied().or_else(paid)
    }

    /// How many of `orders` ended, how long each took from its own time, and when the last one ended.
    pub(super) fn took(
        orders: impl Iterator<Item = (DateTime<Utc>, Option<DateTime<Utc>>)>,
    ) -> Result<(Latency, Option<DateTime<Utc>>)> {
        let (mut latency, mut last) = (Latency::new()?, None);
        for (from, until) in orders {
            if let Some(until) = until {
                latency.record((until - from).to_std().unwrap_or(Duration::ZERO));
                last = last.max(Some(until));
            }
        }
        Ok((latency, last))
    }
}

async fn times<E: Event>(jetstream: &jetstream::Context, since: DateTime<Utc>) -> Result<Times> {
    let stream = scan::stream(jetstream, stream_of::<E>()?).await?;
    let scan = Scan { start: Start::Time(since), subjects: vec![E::SUBJECT.to_owned()], headers_only: true };
    let read = scan::read(&stream, scan, |message| {
        let order = message.headers.as_ref()?.get(CE_CORRELATION_ID)?.as_str().parse().ok()?;
        let nanos = message.info().ok()?.published.unix_timestamp_nanos();
        Some((order, DateTime::from_timestamp_nanos(i64::try_from(nanos).ok()?)))
    });
    // The first announcement counts: a repeated one answers somebody who had to ask.
    let mut times = Times::new();
    for (order, at) in read.await.with_context(|| format!("read when {} was stored", E::SUBJECT))? {
        times.entry(order).or_insert(at);
    }
    Ok(times)
}

fn stream_of<E: Event>() -> Result<&'static str> {
    Ok(Stream::of_subject(E::SUBJECT).context("a fact has a stream")?.name())
}
