//! The goods of the demo shop.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// In the program itself, so that it can fill a shop wherever it runs.
const FILE: &str = include_str!("../../demo/products.json");

/// As `POST /products` takes it; only what is needed here is looked at.
#[derive(Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) sku: String,
    pub(super) category: String,
    name: Value,
    description: Value,
    price: Value,
}

pub(super) fn all() -> Result<Vec<Product>> {
    serde_json::from_str(FILE).context("read the demo products")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_a_hundred_products_in_five_categories_with_names_in_two_languages() {
        let products = all().unwrap();
        let skus: BTreeSet<_> = products.iter().map(|product| &product.sku).collect();
        assert_eq!(skus.len(), 100);
        let categories: BTreeSet<_> = products.iter().map(|product| &product.category).collect();
        assert_eq!(categories.len(), 5);
        for product in &products {
            assert!(product.name["ko"].is_string() && product.name["en"].is_string(), "{}", product.sku);
            assert!(product.price["amount"].as_u64().is_some_and(|amount| amount > 0), "{}", product.sku);
        }
    }
}
