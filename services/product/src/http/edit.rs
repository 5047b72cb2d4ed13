//! `PATCH /api/v1/products/{id}` (admin): changes what the body names. A text is changed language by language, a price as
//! a whole: an amount without its currency means nothing. What stays the same makes no new version and no event.

use axum::extract::State;
use livemart_contracts::Money;
use livemart_contracts::events::ProductUpdated;
use livemart_contracts::ids::Product;
use livemart_web::{Admin, Body, PathId, RequestTrace};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::preconditions::IfMatch;
use super::representation::Represented;
use crate::catalogue::Catalogue;
use crate::domain::details::{CATEGORY_PATTERN, LONGEST_CATEGORY, LONGEST_SKU, SKU_PATTERN};
use crate::domain::{Edit, TextEdit, Transition};
use crate::error::Error;
use crate::store::{Offer, products};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Changes {
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String", length(min = 1, max = LONGEST_SKU), regex(pattern = SKU_PATTERN))]
    sku: Option<String>,
    name: TextChanges,
    description: TextChanges,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String", length(min = 1, max = LONGEST_CATEGORY), regex(pattern = CATEGORY_PATTERN))]
    category: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "Money")]
    price: Option<Money>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct TextChanges {
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String")]
    ko: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schemars(with = "String")]
    en: Option<String>,
}

/// A field that may be left out, but not be null: nothing of a product can be removed.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl From<Changes> for Edit {
    fn from(Changes { sku, name, description, category, price }: Changes) -> Self {
        Self { sku, name: name.into(), description: description.into(), category, price }
    }
}

impl From<TextChanges> for TextEdit {
    fn from(TextChanges { ko, en }: TextChanges) -> Self {
        Self { ko, en }
    }
}

pub async fn edit(
    _: Admin,
    PathId(id): PathId<Product>,
    wanted: IfMatch,
    trace: RequestTrace,
    State(catalogue): State<Catalogue>,
    Body(changes): Body<Changes>,
) -> Result<Represented, Error> {
    let mut work = catalogue.store.begin().await?;
    let offer = products::lock_in(work.tx(), id).await?.ok_or(Error::NotFound)?;
    wanted.check(&offer)?;
    match offer.product.edit(changes.into(), work.now())? {
        Transition::Unchanged(product) => return Ok(Represented(Offer { product, ..offer })),
        Transition::Changed(product) => {
            let updated = products::update_in(work.tx(), &product).await;
            updated.map_err(|error| Error::writing(&product.details.sku, error))?;
            work.emit(trace, &ProductUpdated::from(&product));
        }
    }
    // With the number of this change, and the level of this moment.
    let offer = products::get(work.tx(), id).await?;
    work.commit().await?;
    catalogue.cache.committed(id, offer.revision, Some(&offer)).await;
    Ok(Represented(offer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit_of(json: &str) -> Result<Edit, serde_json::Error> {
        serde_json::from_str::<Changes>(json).map(Edit::from)
    }

    #[test]
    fn what_is_left_out_stays() {
        assert_eq!(edit_of("{}").expect("an empty change"), Edit::default());
        let edit = edit_of(r#"{"name":{"en":"Mandarin"}}"#).expect("one language");
        assert_eq!(edit.name, TextEdit { ko: None, en: Some("Mandarin".to_owned()) });
    }

    #[test]
    fn nothing_can_be_removed_or_misspelt() {
        for wrong in [r#"{"sku":null}"#, r#"{"name":{"fr":"x"}}"#, r#"{"price":{"amount":1}}"#, r#"{"prize":1}"#] {
            assert!(edit_of(wrong).is_err(), "{wrong}");
        }
    }
}
