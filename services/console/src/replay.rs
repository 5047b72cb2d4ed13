//! A projection made anew: its service's own program does it ([`worker`]), as the service's role in the database and
//! with nothing else; the events, which no service may read like this, come from here ([`feed`]).

mod feed;
mod projections;
mod worker;

use anyhow::{Result, bail};
use async_nats::jetstream;
use livemart_messaging::replay::wire::{Answer, Asked};
use livemart_messaging::replay::{Report, Start};

pub(crate) use projections::Projection;
use worker::Worker;

/// One replay under way.
pub(crate) struct Replay {
    worker: Worker,
    jetstream: jetstream::Context,
    projections: Vec<Projection>,
}

impl Replay {
    /// Of the one in `place` among all `projections`.
    pub(crate) async fn begin(
        client: async_nats::Client,
        database_url: &str,
        projections: Vec<Projection>,
        place: usize,
        start: Start,
        swap: bool,
    ) -> Result<Self> {
        let mut worker = Worker::start(&projections[place], database_url)?;
        worker.say(&Answer::Begin { start, swap }).await?;
        Ok(Self { worker, jetstream: jetstream::new(client), projections })
    }

    /// Compares again, and swaps.
    pub(crate) async fn swap(&mut self) -> Result<()> {
        self.worker.say(&Answer::Swap).await
    }

    /// Reads for the worker until it has compared.
    pub(crate) async fn compared(&mut self) -> Result<Report> {
        loop {
            match self.worker.hear().await? {
                Asked::Compared(report) => return Ok(report),
                Asked::Seek { durable, start } => {
                    let Some(projection) = self.projections.iter().find(|one| one.durable == durable) else {
                        bail!("the service asks for what {durable} reads, and does not declare it");
                    };
                    feed::feed(&self.jetstream, projection, start, &mut self.worker).await?;
                }
            }
        }
    }

    pub(crate) async fn end(self) -> Result<()> {
        self.worker.end().await
    }
}

/// All projections of all services.
pub(crate) async fn projections() -> Result<Vec<Projection>> {
    projections::all().await
}
