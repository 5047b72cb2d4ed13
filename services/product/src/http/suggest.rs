//! `GET /api/v1/products/suggest?q`: names of products while somebody types, the last word half-finished.

use axum::Json;
use axum::extract::State;
use livemart_contracts::ProductId;
use livemart_web::{Problem, Query, Violations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::{LONGEST_QUERY, short_enough};
use crate::catalogue::Catalogue;
use crate::search::{Listing, Place, Sort, Words};
use crate::store::products;

/// As many as fit under a search field.
const SUGGESTIONS: usize = 8;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(default)]
    #[schemars(length(max = LONGEST_QUERY))]
    q: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Suggestions {
    data: Vec<Suggestion>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Suggestion {
    text: String,
    product_id: ProductId,
}

pub async fn suggest(
    Query(Typed { q }): Query<Typed>,
    State(catalogue): State<Catalogue>,
) -> Result<Json<Suggestions>, Problem> {
    let mut wrong = Violations::default();
    short_enough(q.trim(), &mut wrong);
    wrong.check()?;
    let words = Words::typed_so_far(&q);
    let in_english = words.are_in_english();
    let listing = Listing { words: Some(words), sort: Sort::Relevance, ..Listing::default() };
    let (found, _) = catalogue.search.first_page(listing, SUGGESTIONS).await?;
    let ids: Vec<_> = found.places.iter().map(Place::product).collect();
    let mut data: Vec<Suggestion> = Vec::with_capacity(ids.len());
    for offer in products::find_all(catalogue.store.db(), &ids).await? {
        let name = &offer.product.details.name;
        let text = if in_english { name.en.clone() } else { name.ko.clone() };
        // Several products of one name are one suggestion.
        if data.iter().all(|suggestion| suggestion.text != text) {
            data.push(Suggestion { text, product_id: offer.product.id });
        }
    }
    Ok(Json(Suggestions { data }))
}
