//! Property-based tests of the REST API: requests made from its contract, good ones and all kinds of bad ones, each answer
//! compared with what the contract says (schemathesis does that).
//!
//! It happens in a private shop, three times: as a customer, as the staff, and as somebody who leaves, so that the calls which
//! end a session end no other. A shop that answers as it promised, and logged no error, passed.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use livemart_local::{DEMO_ADMIN, install};
use reqwest::Method;
use serde_json::json;
use tokio::process::Command;
use tokio::time::timeout;
use uuid::Uuid;

use crate::api::{Api, expect_success};
use crate::private::{self, PrivateShop};
use crate::repository::Repository;
use crate::terminal::say;

/// Below the repository: how schemathesis asks.
const CONFIGURATION: &str = "services/console/src/fuzz/schemathesis.toml";
const CONTRACT: &str = "docs/openapi.json";
/// An access token ends after a quarter of an hour, and a run must not outlive it.
const RUN_LIMIT: Duration = Duration::from_secs(14 * 60);
/// Calls after which nobody is signed in any more.
const LEAVING: [&str; 2] = ["sign_out", "erase_me"];

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Requests made up for each operation, beside those that follow from its schema.
    pub(crate) examples: u32,
    pub(crate) seed: u64,
}

/// Which calls somebody makes.
#[derive(Debug, Clone, Copy)]
enum Calls {
    AllButLeaving,
    Leaving,
}

/// Fails where an answer is not as the contract says; what it was is printed.
pub(crate) async fn run(repository: Repository, effort: Effort) -> Result<()> {
    let tools = repository.state().tools();
    let fuzzer = install::ensure_fuzzer(&tools, |text| say!("{text}")).await?;
    let options = private::services()?;
    let servers = private::servers(&repository, Ok).await?;
    let shop = PrivateShop::open(servers, &options).await?;
    let asked = ask_as_everybody(&shop, repository.root(), &fuzzer, effort).await;
    let errors = shop.services().logged_errors();
    shop.close().await?;
    asked?;
    ensure!(errors.is_empty(), "services logged errors:\n{}", errors.join("\n"));
    Ok(())
}

async fn ask_as_everybody(shop: &PrivateShop, root: &Path, fuzzer: &Path, effort: Effort) -> Result<()> {
    let staff_password = &shop.servers().secrets.demo_admin;
    let (customer, leaver) = (newcomer(shop).await?, newcomer(shop).await?);
    furnish(shop, &customer).await?;
    // The staff comes after the customer, whom it may block.
    let gateway = shop.staff().as_nobody();
    let staff = gateway.signed_in(DEMO_ADMIN, staff_password).await?;
    let askers = [
        ("a customer", customer, Calls::AllButLeaving),
        ("the staff", staff, Calls::AllButLeaving),
        ("somebody who leaves", leaver, Calls::Leaving),
    ];
    let mut failed = Vec::new();
    for (name, caller, calls) in askers {
        say!("as {name}:");
        let mut command = Command::new(fuzzer);
        command.arg("--config-file").arg(root.join(CONFIGURATION)).arg("run").arg(root.join(CONTRACT));
        command.args(["--url", shop.services().gateway_url(), "--generation-database", "none", "--warnings", "off"]);
        command.args(["--max-examples", &effort.examples.to_string(), "--seed", &effort.seed.to_string()]);
        let which = match calls {
            Calls::AllButLeaving => "--exclude-operation-id",
            Calls::Leaving => "--include-operation-id",
        };
        command.args(LEAVING.iter().flat_map(|id| [which, id]));
        let token = caller.token().context("somebody who is signed in")?;
        command.env("LIVEMART_FUZZ_TOKEN", token).current_dir(root.join(".livemart")).kill_on_drop(true);
        let ended = timeout(RUN_LIMIT, command.status()).await.context("the fuzzer did not end in time")?;
        if !ended.context("run schemathesis")?.success() {
            failed.push(name);
        }
        // Otherwise everything was answered 401, and nothing was tested.
        if let Calls::AllButLeaving = calls {
            expect_success(caller.request(Method::GET, "/users/me").send().await?).await?;
        }
    }
    if !failed.is_empty() {
        bail!("the shop does not keep its contract for {}: see above", failed.join(", "));
    }
    Ok(())
}

/// A new account, signed in.
async fn newcomer(shop: &PrivateShop) -> Result<Api> {
    let (email, password) = (format!("{}@fuzz.livemart.dev", Uuid::new_v4()), Uuid::new_v4().to_string());
    let gateway = shop.staff().as_nobody();
    gateway.sign_up(&email, &password, "Somebody").await?;
    gateway.signed_in(&email, &password).await
}

/// Something of everything that lists show, for their ids are what the fuzzer goes on with.
async fn furnish(shop: &PrivateShop, customer: &Api) -> Result<()> {
    let name = json!({ "ko": "귤", "en": "Mandarin" });
    let price = json!({ "amount": 1_500, "currency": "KRW" });
    let product = json!({ "sku": "FUZZ", "name": name, "description": name, "category": "fruit", "price": price });
    let product = shop.staff().create_product(&product, "fuzz-product").await?.context("the shop is new")?;
    shop.staff().stock(product, 1_000, "something to sell", "fuzz-stock").await?;
    customer.order(product, "fuzz-order").await
}
