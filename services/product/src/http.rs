//! The endpoints, one file each. Reading is for everybody, writing for the staff.

mod categories;
mod create;
mod delete;
mod delete_category;
mod edit;
mod list;
mod preconditions;
mod put_category;
mod representation;
mod show;
mod suggest;

use axum::Router;
use axum::routing::{get, put};

use crate::catalogue::Catalogue;

pub fn router(catalogue: Catalogue) -> Router {
    Router::new()
        .route("/api/v1/products", get(list::list).post(create::create))
        .route("/api/v1/products/suggest", get(suggest::suggest))
        .route("/api/v1/products/{id}", get(show::show).patch(edit::edit).delete(delete::delete))
        .route("/api/v1/categories", get(categories::show))
        .route("/api/v1/categories/{slug}", put(put_category::put).delete(delete_category::delete))
        .with_state(catalogue)
}
