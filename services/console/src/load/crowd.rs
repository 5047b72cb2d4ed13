//! Customers who are signed in, and goods for them.

use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use livemart_contracts::{Clock, ProductId};
use livemart_local::wait::{self, Look};
use livemart_local::{Addresses, DEMO_ADMIN};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use super::buying::Buyers;
use super::report::Report;
use super::{Load, pace};
use crate::api::Api;

/// Products on their way at once: enough to be done soon, without crowding out others.
const GOODS_AT_ONCE: usize = 8;
/// Signing up and in hashes a password each: more at once than there are cores only wait for each other.
const CUSTOMERS_AT_ONCE: usize = 2;
/// Until the order service has heard of all goods.
const NEWS_LIMIT: Duration = Duration::from_secs(60);
/// Nothing that a dictionary, or the account's own name, would give away.
const PASSWORD: &str = "teal-otter-counts-9-lanterns";
/// In won.
const PRICE: i64 = 15_900;
/// Digits that tell the goods of one crowd from those of another one.
const SKU_DIGITS: usize = 12;

/// How many of what a crowd has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathering {
    pub(crate) customers: usize,
    pub(crate) products: usize,
    /// Of each product; the inventory takes at most a million at once.
    pub(crate) pieces: u32,
}

#[derive(Clone)]
pub(crate) struct Crowd {
    pub(super) customers: Vec<Api>,
    pub(super) products: Vec<ProductId>,
    /// On offer, with nothing on the shelf.
    pub(super) sold_out: ProductId,
}

impl Crowd {
    /// Signs up customers and puts goods on the shelves, by the REST API; done when the order service knows the goods.
    pub(crate) async fn gather(addresses: &Addresses, gathering: Gathering) -> Result<Self> {
        let nobody = Api::at(&addresses.gateway_url())?;
        let staff = nobody.signed_in(DEMO_ADMIN, &addresses.secrets.demo_admin).await?;
        let name = Clock::default().new_uuid().simple().to_string();
        let name = &name[name.len() - SKU_DIGITS..];
        let (staff, nobody) = (&staff, &nobody);
        let goods = stream::iter(0..=gathering.products)
            .map(async |number| {
                let pieces = if number == gathering.products { 0 } else { gathering.pieces };
                offer(staff, &format!("LOAD-{name}-{number}"), pieces).await
            })
            .buffered(GOODS_AT_ONCE)
            .try_collect::<Vec<ProductId>>();
        let customers = stream::iter(0..gathering.customers)
            .map(async |number| {
                let email = format!("crowd-{name}-{number}@example.com");
                nobody.sign_up(&email, PASSWORD, "Customer").await?;
                nobody.signed_in(&email, PASSWORD).await
            })
            .buffered(CUSTOMERS_AT_ONCE)
            .try_collect::<Vec<Api>>();
        let (mut products, customers) = tokio::try_join!(goods, customers)?;
        are_known(addresses, &products).await?;
        let sold_out = products.pop().context("a crowd has goods")?;
        Ok(Self { customers, products, sold_out })
    }

    pub(crate) fn products(&self) -> &[ProductId] {
        &self.products
    }

    pub(crate) fn sold_out(&self) -> ProductId {
        self.sold_out
    }

    pub(crate) fn customers(&self) -> &[Api] {
        &self.customers
    }

    /// Orders until a bound of `load` is reached and every order has its answer.
    pub(crate) async fn orders(&self, load: &Load) -> Result<Report> {
        let buyers = Buyers { crowd: self, load };
        let (mut report, took) =
            pace::run(load.pace, load.bounds, Report::new()?, |turn| buyers.buy(turn), Report::add).await?;
        report.took = took;
        Ok(report)
    }
}

async fn offer(staff: &Api, sku: &str, pieces: u32) -> Result<ProductId> {
    let product = json!({
        "sku": sku,
        "name": { "ko": format!("상품 {sku}"), "en": format!("Product {sku}") },
        "description": { "ko": "부하 시험", "en": "for a load test" },
        "category": "load",
        "price": { "amount": PRICE, "currency": "KRW" },
    });
    let created = staff.create_product(&product, sku).await?;
    let id = created.with_context(|| format!("there is a product {sku} already"))?;
    if pieces > 0 {
        staff.stock(id, pieces, "bought for a load test", sku).await?;
    }
    Ok(id)
}

async fn are_known(addresses: &Addresses, products: &[ProductId]) -> Result<()> {
    let mut database = PgConnection::connect(&addresses.admin_database_url()).await?;
    let ids: Vec<Uuid> = products.iter().map(|product| product.uuid()).collect();
    let wanted = i64::try_from(ids.len())?;
    let counted = wait::until("the order service hearing of all goods", NEWS_LIMIT, async || {
        let query = "SELECT count(*) FROM orders.catalogue WHERE sold AND product_id = ANY ($1)";
        Ok(match sqlx::query_scalar::<_, i64>(query).bind(&ids).fetch_one(&mut database).await {
            Ok(known) if known == wanted => Look::There(Ok(())),
            Ok(known) => Look::NotYet(format!("it knows {known} of {wanted}")),
            Err(error) => Look::There(Err(error)),
        })
    });
    Ok(counted.await??)
}
