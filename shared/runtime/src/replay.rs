//! The subcommand `replay`: makes a projection anew from events on its standard input.
//!
//! `livemart replay` runs it with the database URL of the service and nothing else, and reads the stream for it: this
//! process has no connection to the broker, so nothing that it does can be announced.

use std::io::{self, Write as _, stdin, stdout};
use std::os::fd::AsFd as _;

use anyhow::{Context as _, bail};
use livemart_messaging::consumer::BATCH;
use livemart_messaging::replay::wire::{Answer, Asked, hear, hear_body};
use livemart_messaging::replay::{Extent, Recorded, Replay, ReplayError, Source, Start};
use secrecy::ExposeSecret as _;
use tokio::fs::File;
use tokio::io::BufReader;

use crate::config::Common;
use crate::connect;
use crate::service::Service;

pub(crate) async fn run(service: &Service, common: &Common, durable: &str) -> anyhow::Result<()> {
    connect::install_tls_provider();
    let url = common.database_url.as_ref().context("LIVEMART_DATABASE_URL is not set")?;
    let mut asker = Asker::new()?;
    let Some(Answer::Begin { start, mut swap }) = asker.hear().await? else {
        bail!("this is run by `livemart replay`, which tells it where to begin");
    };
    let mut replay = Replay::open(url.expose_secret(), service.name, &service.subscriptions, durable, start).await?;
    loop {
        let report = replay.compare(&mut asker, swap).await?;
        say(&Asked::Compared(report))?;
        match asker.hear().await? {
            Some(Answer::Swap) => swap = true,
            None => return Ok(()),
            other => bail!("not an answer to a comparison: {other:?}"),
        }
    }
}

/// Whoever reads the streams, at the other ends of standard input and output.
struct Asker {
    answers: BufReader<File>,
    /// Whether all that was sought in has been read.
    ended: bool,
}

impl Asker {
    fn new() -> io::Result<Self> {
        let input = stdin().as_fd().try_clone_to_owned()?;
        Ok(Self { answers: BufReader::new(File::from_std(std::fs::File::from(input))), ended: true })
    }

    async fn hear(&mut self) -> io::Result<Option<Answer>> {
        hear(&mut self.answers).await
    }
}

fn say(asked: &Asked) -> io::Result<()> {
    let mut output = stdout().lock();
    serde_json::to_writer(&mut output, asked)?;
    output.write_all(b"\n")?;
    output.flush()
}

fn broken(error: io::Error) -> ReplayError {
    ReplayError::Source(error.to_string())
}

fn unexpected(answer: Option<Answer>) -> ReplayError {
    ReplayError::Source(match answer {
        Some(answer) => format!("not an answer to what was asked: {answer:?}"),
        None => "whoever reads them is gone".to_owned(),
    })
}

impl Source for Asker {
    async fn seek(&mut self, durable: &str, start: Start) -> Result<Extent, ReplayError> {
        say(&Asked::Seek { durable: durable.to_owned(), start }).map_err(broken)?;
        match self.hear().await.map_err(broken)? {
            Some(Answer::Extent(extent)) => {
                self.ended = false;
                Ok(extent)
            }
            other => Err(unexpected(other)),
        }
    }

    async fn next(&mut self) -> Result<Vec<Recorded>, ReplayError> {
        let mut events = Vec::with_capacity(BATCH);
        while !self.ended && events.len() < BATCH {
            match self.hear().await.map_err(broken)? {
                Some(Answer::Event(header)) => {
                    events.push(hear_body(&mut self.answers, header).await.map_err(broken)?);
                }
                Some(Answer::End) => self.ended = true,
                other => return Err(unexpected(other)),
            }
        }
        Ok(events)
    }
}
