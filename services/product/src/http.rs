//! The endpoints, one file each. Reading is for everybody, writing for the staff.

mod categories;
mod create;
mod delete;
mod edit;
mod list;
mod preconditions;
mod representation;
mod show;

use axum::Router;
use axum::routing::get;
use livemart_messaging::Store;

pub fn router(store: Store) -> Router {
    Router::new()
        .route("/api/v1/products", get(list::list).post(create::create))
        .route("/api/v1/products/{id}", get(show::show).patch(edit::edit).delete(delete::delete))
        .route("/api/v1/categories", get(categories::list))
        .with_state(store)
}
