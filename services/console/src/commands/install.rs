//! `livemart install`

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use livemart_local::install;

use crate::repository::Repository;
use crate::terminal::say;

#[derive(Args)]
pub(crate) struct Install {}

impl Install {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let repository = Repository::find()?;
        let tools = repository.state().tools();
        let binaries = install::ensure(&tools, |text| say!("{text}")).await?;
        let catcher = install::ensure_mail_catcher(&tools, |text| say!("{text}")).await?;
        let checkers = install::ensure_checkers(&tools, |text| say!("{text}")).await?;
        let stripe = install::ensure_stripe_mock(&tools, |text| say!("{text}")).await?;
        let browser = install::ensure_browser(|text| say!("{text}")).await?;
        say!("nats-server   {}", binaries.nats_server.display());
        say!("postgres      {}", binaries.postgres.display());
        say!("redis-server  {}", binaries.redis_server.display());
        say!("aiosmtpd      {} (for tests)", catcher.display());
        say!("kubectl       {} (for tests)", checkers.kubectl.display());
        say!("promtool      {} (for tests)", checkers.promtool.display());
        say!("stripe-mock   {} (for tests)", stripe.display());
        say!("chromium      {} (for tests)", browser.chromium.display());
        say!("chromedriver  {} (for tests)", browser.driver.display());
        Ok(ExitCode::SUCCESS)
    }
}
