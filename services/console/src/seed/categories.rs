//! The categories of the demo shop.

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// In the program itself, so that it can fill a shop wherever it runs.
const FILE: &str = include_str!("../../demo/categories.json");

/// Its place among the others, and how it is called.
#[derive(Deserialize)]
pub(super) struct Category {
    pub(super) slug: String,
    parent: Option<String>,
    name: Value,
}

impl Category {
    /// As `PUT /categories/{slug}` takes it.
    pub(super) fn body(&self) -> Value {
        json!({ "name": self.name, "parent": self.parent })
    }
}

/// Each after the one that it stands below.
pub(super) fn all() -> Result<Vec<Category>> {
    serde_json::from_str(FILE).context("read the demo categories")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::products;

    #[test]
    fn every_product_has_a_category_with_a_name_and_each_stands_below_one_before_it() {
        let categories = all().unwrap();
        let slugs: Vec<&str> = categories.iter().map(|category| category.slug.as_str()).collect();
        for (place, category) in categories.iter().enumerate() {
            assert!(category.name["ko"].is_string() && category.name["en"].is_string(), "{}", category.slug);
            assert!(
                category.parent.as_deref().is_none_or(|parent| slugs[..place].contains(&parent)),
                "{}",
                category.slug
            );
        }
        for product in products::all().unwrap() {
            assert!(slugs.contains(&product.category.as_str()), "{} of {}", product.category, product.sku);
        }
    }
}
