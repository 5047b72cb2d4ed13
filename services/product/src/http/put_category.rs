//! `PUT /api/v1/categories/{slug}` (admin): makes a category, or gives it another name or place.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_contracts::events::LocalizedText;
use livemart_web::openapi::{Operation, Output, Schemas};
use livemart_web::{Admin, Body, PathText};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::catalogue::Catalogue;
use crate::domain::Category;
use crate::domain::category::MOST;
use crate::error::Error;
use crate::store::categories;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    name: LocalizedText,
    #[serde(default)]
    parent: Option<String>,
}

pub enum Put {
    Made(Category),
    Changed(Category),
}

impl IntoResponse for Put {
    fn into_response(self) -> Response {
        match self {
            Self::Made(category) => (StatusCode::CREATED, Json(category)).into_response(),
            Self::Changed(category) => Json(category).into_response(),
        }
    }
}

impl Output for Put {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(StatusCode::CREATED).json(schemas.answered::<Category>());
        operation.answers(StatusCode::OK).json(schemas.answered::<Category>());
    }
}

pub async fn put(
    _: Admin,
    PathText(slug): PathText,
    State(catalogue): State<Catalogue>,
    Body(Wanted { name, parent }): Body<Wanted>,
) -> Result<Put, Error> {
    let category = Category { slug, parent, name }.check()?;
    let work = catalogue.store.begin().await?;
    let known = categories::lock_in(work.tx()).await?;
    category.check_place(&known).map_err(|misplaced| Error::Invalid(vec![misplaced.into()]))?;
    let is_new = !known.iter().any(|one| one.slug == category.slug);
    if is_new && known.len() >= MOST {
        return Err(Error::TooManyCategories);
    }
    categories::put_in(work.tx(), &category).await?;
    work.commit().await?;
    Ok(if is_new { Put::Made(category) } else { Put::Changed(category) })
}
