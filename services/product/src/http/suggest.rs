//! `GET /api/v1/products/suggest?q`: names of products while somebody types, the last word half-finished.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use livemart_contracts::ProductId;
use livemart_web::{Problem, Violations};
use serde::{Deserialize, Serialize};

use super::list::short_enough;
use crate::catalogue::Catalogue;
use crate::search::{Listing, Place, Sort, Words};
use crate::store::products;

/// As many as fit under a search field.
const SUGGESTIONS: usize = 8;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

#[derive(Debug, Serialize)]
pub struct Suggestions {
    data: Vec<Suggestion>,
}

#[derive(Debug, Serialize)]
struct Suggestion {
    text: String,
    product_id: ProductId,
}

pub async fn suggest(
    typed: Result<Query<Typed>, QueryRejection>,
    State(catalogue): State<Catalogue>,
) -> Result<Json<Suggestions>, Problem> {
    let mut wrong = Violations::default();
    let q = match typed {
        Ok(Query(Typed { q })) => q,
        Err(error) => {
            wrong.require(false, "", "invalid", format!("the query cannot be read: {error}"));
            return Err(wrong.into());
        }
    };
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
