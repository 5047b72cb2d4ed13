//! Facts of the catalogue: each carries the product's snapshot, so that a reader needs the newest only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event;
use crate::{Money, ProductId};

/// A text in the languages of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalizedText {
    pub ko: String,
    pub en: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductCreated {
    pub product_id: ProductId,
    pub sku: String,
    pub name: LocalizedText,
    pub description: LocalizedText,
    pub category: String,
    pub price: Money,
    /// Grows with each change; a reader keeps the highest.
    pub version: i64,
}
event!(ProductCreated, "product.created", product_id);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductUpdated {
    pub product_id: ProductId,
    pub sku: String,
    pub name: LocalizedText,
    pub description: LocalizedText,
    pub category: String,
    pub price: Money,
    pub version: i64,
}
event!(ProductUpdated, "product.updated", product_id);

/// The product is no longer sold. Its stock and its past orders remain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProductDeleted {
    pub product_id: ProductId,
    pub sku: String,
    pub version: i64,
}
event!(ProductDeleted, "product.deleted", product_id);
