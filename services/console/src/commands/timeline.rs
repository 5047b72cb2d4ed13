//! `livemart timeline`

use std::io::{IsTerminal as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use livemart_contracts::{Clock, OrderId};

use crate::access::{DatabaseAccess, NatsAccess};
use crate::terminal::{Terminal, say};
use crate::timeline;

#[derive(Args)]
pub(crate) struct Timeline {
    /// The order's id
    #[arg(value_name = "ORDER", value_parser = order_id)]
    order: OrderId,
    /// For programs
    #[arg(long)]
    json: bool,
    /// Looks again until nothing more is expected; only the end of it goes into files and pipes
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    nats: NatsAccess,
    #[command(flatten)]
    database: DatabaseAccess,
}

/// Between two looks: a saga takes fractions of a second, a person's eye as well.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
const CLEAR_SCREEN: &str = "\x1b[2J\x1b[H";

fn order_id(text: &str) -> Result<OrderId, &'static str> {
    text.parse().map_err(|_| "an order's id begins with `ord_`, as `POST /orders` answers it")
}

impl Timeline {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let nats = self.nats.connect().await?;
        let mut database = self.database.connect().await?;
        let terminal = Terminal::of_stdout();
        let redraws = self.follow && !self.json && stdout().is_terminal();
        loop {
            let story = timeline::of(&nats, &mut database, self.order).await?;
            let is_last = story.complete || !self.follow;
            if self.json && is_last {
                say!("{}", serde_json::to_string_pretty(&story)?);
            } else if is_last || redraws {
                if redraws {
                    say!("{CLEAR_SCREEN}");
                }
                timeline::print(&story, Clock::default().now(), terminal);
            }
            if is_last {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}
