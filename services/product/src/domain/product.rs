//! A product of the catalogue and its versions.

use chrono::{DateTime, Utc};
use livemart_contracts::ProductId;
use livemart_contracts::events::{ProductCreated, ProductDeleted, ProductUpdated};
use serde::{Deserialize, Serialize};

use super::details::{Breach, Details, Edit};

/// The version of a new product.
const FIRST_VERSION: i64 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub details: Details,
    /// Grows by one with each change, deletion included.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What an edit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    Changed(Product),
    /// The product is as the edit wants it already: no new version, no event.
    Unchanged(Product),
}

impl Product {
    pub fn new(id: ProductId, details: Details, now: DateTime<Utc>) -> Self {
        Self { id, details, version: FIRST_VERSION, created_at: now, updated_at: now }
    }

    pub fn edit(self, edit: Edit, now: DateTime<Utc>) -> Result<Transition, Vec<Breach>> {
        let details = edit.of(&self.details).check()?;
        if details == self.details {
            return Ok(Transition::Unchanged(self));
        }
        Ok(Transition::Changed(Self { details, version: self.version + 1, updated_at: now, ..self }))
    }

    pub fn delete(self, now: DateTime<Utc>) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self }
    }
}

impl From<&Product> for ProductCreated {
    fn from(product: &Product) -> Self {
        let details = &product.details;
        Self {
            product_id: product.id,
            sku: details.sku.clone(),
            name: details.name.clone(),
            description: details.description.clone(),
            category: details.category.clone(),
            price: details.price,
            version: product.version,
        }
    }
}

impl From<&Product> for ProductUpdated {
    fn from(product: &Product) -> Self {
        let ProductCreated { product_id, sku, name, description, category, price, version } = product.into();
        Self { product_id, sku, name, description, category, price, version }
    }
}

impl From<&Product> for ProductDeleted {
    fn from(product: &Product) -> Self {
        Self { product_id: product.id, sku: product.details.sku.clone(), version: product.version }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::{Clock, Money};

    use super::super::details::tests::draft;
    use super::*;

    fn product() -> Product {
        let clock = Clock::default();
        Product::new(clock.new_id(), draft().check().expect("it is valid"), clock.now())
    }

    #[test]
    fn an_edit_changes_what_it_names_and_makes_a_new_version() {
        let (before, now) = (product(), Clock::default().now());
        let price = Money { amount: 9_900, ..before.details.price };
        let Ok(Transition::Changed(after)) = before.clone().edit(Edit { price: Some(price), ..Edit::default() }, now)
        else {
            panic!("the price changed");
        };
        assert_eq!((after.details.price, after.version, after.updated_at), (price, 2, now));
        assert_eq!((&after.details.name, after.created_at), (&before.details.name, before.created_at));
        assert_eq!(ProductUpdated::from(&after).version, 2);
    }

    #[test]
    fn an_edit_that_changes_nothing_makes_no_version() {
        let before = product();
        let same = Edit { sku: Some(before.details.sku.clone()), ..Edit::default() };
        for edit in [Edit::default(), same] {
            let now = Clock::default().now();
            assert_eq!(before.clone().edit(edit, now), Ok(Transition::Unchanged(before.clone())));
        }
    }

    #[test]
    fn an_edit_keeps_the_rules_of_a_product() {
        let broken = Edit { category: Some("Not kebab".to_owned()), ..Edit::default() };
        let breaches = product().edit(broken, Clock::default().now()).expect_err("the category is wrong");
        assert_eq!(breaches.first().map(|breach| breach.pointer), Some("/category"));
    }

    #[test]
    fn a_deletion_is_newer_than_every_version_before_it() {
        let before = product();
        let event = ProductDeleted::from(&before.clone().delete(Clock::default().now()));
        assert!(event.version > before.version);
    }
}
