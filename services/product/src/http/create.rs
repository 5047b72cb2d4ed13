//! `POST /api/v1/products` (admin): a new product.

use axum::extract::State;
use livemart_contracts::Money;
use livemart_contracts::events::{LocalizedText, ProductCreated};
use livemart_web::{Admin, Body, Located, RequestTrace, Status};
use schemars::JsonSchema;
use serde::Deserialize;

use super::representation::Represented;
use crate::catalogue::Catalogue;
use crate::domain::details::{CATEGORY_PATTERN, LONGEST_CATEGORY, LONGEST_SKU, SKU_PATTERN};
use crate::domain::{Draft, Product};
use crate::error::Error;
use crate::store::products;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    #[schemars(length(min = 1, max = LONGEST_SKU), regex(pattern = SKU_PATTERN))]
    sku: String,
    name: LocalizedText,
    description: LocalizedText,
    #[schemars(length(min = 1, max = LONGEST_CATEGORY), regex(pattern = CATEGORY_PATTERN))]
    category: String,
    price: Money,
}

impl From<NewProduct> for Draft {
    fn from(NewProduct { sku, name, description, category, price }: NewProduct) -> Self {
        Self { sku, name, description, category, price }
    }
}

pub async fn create(
    _: Admin,
    trace: RequestTrace,
    State(catalogue): State<Catalogue>,
    Body(new): Body<NewProduct>,
) -> Result<Status<201, Located<Represented>>, Error> {
    let details = Draft::from(new).check()?;
    let mut work = catalogue.store.begin().await?;
    let product = Product::new(work.new_id(), details, work.now());
    let inserted = products::insert_in(work.tx(), &product).await;
    inserted.map_err(|error| Error::writing(&product.details.sku, error))?;
    work.emit(trace, &ProductCreated::from(&product));
    let offer = products::get(work.tx(), product.id).await?;
    work.commit().await?;

    let location = format!("/api/v1/products/{}", offer.product.id);
    catalogue.cache.committed(offer.product.id, offer.revision, Some(&offer)).await;
    Ok(Status(Located(location, Represented(offer))))
}
