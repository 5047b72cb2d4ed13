//! The program of the projection's service, as a child that knows its database and nothing else.

use std::process::Stdio;

use anyhow::{Context as _, Result, anyhow, bail};
use livemart_messaging::replay::Recorded;
use livemart_messaging::replay::wire::{self, Asked};
use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::Projection;

pub(super) struct Worker {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
    errors: ChildStderr,
}

impl Worker {
    /// Without any address but that of the database: it could call nobody even by mistake. It ends with this program.
    pub(super) fn start(projection: &Projection, database_url: &str) -> Result<Self> {
        let mut child = Command::new(&projection.program)
            .args(["replay", &projection.durable])
            .env_clear()
            .env("LIVEMART_DATABASE_URL", database_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", projection.program.display()))?;
        let pipe = || anyhow!("a pipe to {} is missing", projection.program.display());
        Ok(Self {
            input: BufWriter::new(child.stdin.take().ok_or_else(pipe)?),
            output: BufReader::new(child.stdout.take().ok_or_else(pipe)?),
            errors: child.stderr.take().ok_or_else(pipe)?,
            child,
        })
    }

    /// Says something, and lets it be heard.
    pub(super) async fn say(&mut self, what: &impl Serialize) -> Result<()> {
        let said = async {
            wire::say(&mut self.input, what).await?;
            self.input.flush().await
        };
        match said.await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.failure().await),
        }
    }

    /// Gives it events; they are heard with what is said next, or earlier.
    pub(super) async fn give(&mut self, events: &[Recorded]) -> Result<()> {
        for event in events {
            if wire::say_event(&mut self.input, event).await.is_err() {
                return Err(self.failure().await);
            }
        }
        Ok(())
    }

    pub(super) async fn hear(&mut self) -> Result<Asked> {
        match wire::hear(&mut self.output).await.context("hear from the service's program")? {
            Some(asked) => Ok(asked),
            None => Err(self.failure().await),
        }
    }

    /// Lets it end, as it does when nothing more is said.
    pub(super) async fn end(mut self) -> Result<()> {
        drop(self.input);
        let status = self.child.wait().await.context("wait for the service's program")?;
        if !status.success() {
            bail!("the service's program ended with {status}");
        }
        Ok(())
    }

    /// Why it ended: what it said last.
    async fn failure(&mut self) -> anyhow::Error {
        let mut said = String::new();
        if let Err(error) = self.errors.read_to_string(&mut said).await {
            return anyhow!(error).context("read why the service's program ended");
        }
        match said.trim().strip_prefix("error: ").unwrap_or(said.trim()) {
            "" => anyhow!("the service's program ended without a word"),
            why => anyhow!(why.to_owned()),
        }
    }
}
