//! A product as clients see it.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use livemart_contracts::events::LocalizedText;
use livemart_contracts::{Money, ProductId};
use livemart_web::openapi::{Operation, Output, Schemas};
use schemars::JsonSchema;
use serde::Serialize;

use super::preconditions::Tag;
use crate::store::Offer;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Product")]
pub struct Representation {
    id: ProductId,
    sku: String,
    name: LocalizedText,
    description: LocalizedText,
    category: String,
    price: Money,
    available: i64,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Offer> for Representation {
    fn from(Offer { product, available, .. }: Offer) -> Self {
        let details = &product.details;
        Self {
            id: product.id,
            sku: details.sku.clone(),
            name: details.name.clone(),
            description: details.description.clone(),
            category: details.category.clone(),
            price: details.price,
            available,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// What goes with every answer about one product: its version, and that it has to be asked for again.
pub fn validators(offer: &Offer) -> [(HeaderName, String); 2] {
    [(header::ETAG, Tag::of(offer).to_string()), (header::CACHE_CONTROL, "no-cache".to_owned())]
}

/// The answer about one product.
pub struct Represented(pub Offer);

impl IntoResponse for Represented {
    fn into_response(self) -> Response {
        (validators(&self.0), Json(Representation::from(self.0))).into_response()
    }
}

impl Output for Represented {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Json::<Representation>::describe(operation, schemas);
        operation.answers(StatusCode::OK).header("ETag", "The version, for If-Match and If-None-Match.");
    }
}
