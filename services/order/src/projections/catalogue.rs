//! Projection of `product.*`: the prices that orders are made from.

use std::collections::HashMap;

use livemart_contracts::{ProductId, facts};
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use crate::store::catalogue::{self, Change};

pub struct Catalogue;

facts! {
    pub enum CatalogueChange { Created(ProductCreated), Updated(ProductUpdated), Deleted(ProductDeleted) }
}

impl From<&CatalogueChange> for Change {
    fn from(change: &CatalogueChange) -> Self {
        match change {
            CatalogueChange::Created(product) => {
                Self { product_id: product.product_id, price: Some(product.price), version: product.version }
            }
            CatalogueChange::Updated(product) => {
                Self { product_id: product.product_id, price: Some(product.price), version: product.version }
            }
            CatalogueChange::Deleted(product) => {
                Self { product_id: product.product_id, price: None, version: product.version }
            }
        }
    }
}

impl Projection for Catalogue {
    type Event = CatalogueChange;
    const DURABLE: &'static str = "order-catalogue";
    const TABLES: &'static [Table] =
        &[Table { name: "catalogue", rows: Rows::OfOneEvent, personal: Personal::Nothing }];

    async fn project(
        &self,
        tables: &Tables<'_>,
        batch: &[Delivered<CatalogueChange>],
    ) -> Result<Vec<Decision>, Failure> {
        let changes: Vec<Change> = batch.iter().map(|event| Change::from(&event.fact)).collect();
        let mut newest: HashMap<ProductId, Change> = HashMap::new();
        for change in &changes {
            let known = newest.entry(change.product_id).or_insert(*change);
            if known.version < change.version {
                *known = *change;
            }
        }
        let saved = catalogue::save_in(tables.tx(), &newest.values().copied().collect::<Vec<_>>()).await?;
        let is_newest = |change: &Change| newest[&change.product_id].version == change.version;
        let decision = |change: &Change| match saved.contains(&change.product_id) && is_newest(change) {
            true => Decision::Applied,
            false => Decision::ignored("a newer version of the product is known"),
        };
        Ok(changes.iter().map(decision).collect())
    }
}
