//! Projection of `product.*`: how products are called. That one is sold no longer takes no name from what was sold.

use std::time::Duration;

use livemart_contracts::facts;
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use crate::store::products::{Name, keep_newest_in};

pub struct Products;

facts! {
    pub enum ProductFact { Created(ProductCreated), Updated(ProductUpdated) }
}

impl From<&ProductFact> for Name {
    fn from(fact: &ProductFact) -> Self {
        let (product_id, sku, name, version) = match fact {
            ProductFact::Created(product) => (product.product_id, &product.sku, &product.name, product.version),
            ProductFact::Updated(product) => (product.product_id, &product.sku, &product.name, product.version),
        };
        Self { product_id, sku: sku.clone(), ko: name.ko.clone(), en: name.en.clone(), version }
    }
}

impl Projection for Products {
    type Event = ProductFact;
    const DURABLE: &'static str = "analytics-products";
    const LINGER: Duration = super::LINGER;
    const TABLES: &'static [Table] = &[Table { name: "products", rows: Rows::OfOneEvent, personal: Personal::Nothing }];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<ProductFact>]) -> Result<Vec<Decision>, Failure> {
        let names: Vec<Name> = batch.iter().map(|event| Name::from(&event.fact)).collect();
        let written = keep_newest_in(tables.tx(), &names).await?;
        let decide = |name: &Name| match written.contains(&(name.product_id, name.version)) {
            true => Decision::Applied,
            false => Decision::ignored("a newer version of the product is known"),
        };
        Ok(names.iter().map(decide).collect())
    }
}
