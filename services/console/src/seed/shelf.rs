//! The goods on their shelf, whether they come there now or were put there by an earlier run.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use livemart_contracts::ProductId;
use reqwest::Method;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::categories::Category;
use super::products::Product;
use crate::api::{Api, expect_success};

/// Pieces of each product at the opening.
const OPENING_STOCK: u32 = 100;
/// The most the API gives at once.
const PAGE: u32 = 100;

/// What the shop keeper fills.
pub(super) struct Shelf {
    api: Api,
    /// By SKU; asked for once, and only when an earlier run was interrupted.
    known: OnceCell<BTreeMap<String, ProductId>>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Listed>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    id: ProductId,
    sku: String,
}

impl Shelf {
    pub(super) fn of(api: Api) -> Self {
        Self { api, known: OnceCell::new() }
    }

    pub(super) async fn name(&self, category: &Category) -> Result<()> {
        let (path, body) = (format!("/categories/{}", category.slug), category.body());
        expect_success(self.api.send(|| self.api.request(Method::PUT, &path).json(&body)).await?).await?;
        Ok(())
    }

    pub(super) async fn offer(&self, product: &Product) -> Result<()> {
        // The same key in every run: a repetition is recognised.
        let key = format!("seed-{}", product.sku);
        let id = match self.api.create_product(product, &key).await? {
            Some(id) => id,
            None => self.find(&product.sku).await?,
        };
        self.api.stock(id, OPENING_STOCK, "opening stock", &key).await
    }

    async fn find(&self, sku: &str) -> Result<ProductId> {
        let known = self.known.get_or_try_init(async || self.list().await).await?;
        known.get(sku).copied().context("it exists, but is not among the listed products")
    }

    async fn list(&self) -> Result<BTreeMap<String, ProductId>> {
        let mut known = BTreeMap::new();
        let mut cursor: Option<String> = None;
        loop {
            let answer = self
                .api
                .send(|| {
                    let request = self.api.request(Method::GET, "/products").query(&[("limit", PAGE)]);
                    match &cursor {
                        Some(cursor) => request.query(&[("cursor", cursor)]),
                        None => request,
                    }
                })
                .await?;
            let page: Page = expect_success(answer).await?.json().await?;
            known.extend(page.data.into_iter().map(|listed| (listed.sku, listed.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(known);
            }
        }
    }
}
