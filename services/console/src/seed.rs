//! Fills the demo shop, through the public REST API only, as any shop keeper would.
//!
//! It runs once per shop. Interrupted, it is run again from the beginning, and every step finds
//! what the earlier run did: accounts and products by their names, stock by its idempotency key.

mod categories;
mod products;
mod shelf;

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use livemart_local::{Addresses, DEMO_ADMIN, DEMO_CUSTOMER, StateDirectory};

use crate::api::Api;
use products::Product;
use shelf::Shelf;

/// Exists when the shop was filled.
const MARK: &str = "seeded";
/// Products on their way at once: enough to be done within seconds, without crowding out others.
const AT_ONCE: usize = 8;
/// How often the count is said.
const SAY_EVERY: usize = 25;

pub(crate) fn is_due(state: &StateDirectory) -> bool {
    !state.path(MARK).exists()
}

pub(crate) async fn run(state: &StateDirectory, addresses: &Addresses, say: impl Fn(&str)) -> Result<()> {
    let products = products::all()?;
    let api = Api::at(&addresses.gateway_url())?;
    let (admin, customer) = (&addresses.secrets.demo_admin, &addresses.secrets.demo_customer);
    let shelf = Shelf::of(api.signed_in(DEMO_ADMIN, admin).await.context("sign in as the demo shop's admin")?);
    api.sign_up(DEMO_CUSTOMER, customer, "김고객").await.context("create the demo customer")?;
    for category in categories::all()? {
        shelf.name(&category).await.with_context(|| format!("name the category {}", category.slug))?;
    }
    let done = AtomicUsize::new(0);
    let (shelf, done, say) = (&shelf, &done, &say);
    stream::iter(&products)
        .map(Ok)
        .try_for_each_concurrent(AT_ONCE, async |product: &Product| {
            shelf.offer(product).await.with_context(|| format!("offer {}", product.sku))?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(SAY_EVERY) {
                say(&format!("{done} of {} products are in the shop", products.len()));
            }
            anyhow::Ok(())
        })
        .await?;
    fs::write(state.path(MARK), "").context("remember that the shop is filled")
}
