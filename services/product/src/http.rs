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

use livemart_web::openapi::{Routes, operation};

use crate::catalogue::Catalogue;
use crate::error::{BUSY, CATEGORY_NOT_EMPTY, SKU_TAKEN, TOO_MANY_CATEGORIES};

pub fn routes() -> Routes<Catalogue> {
    Routes::new()
        .get(
            "/api/v1/products",
            list::list,
            operation("list_products", "What is for sale, page by page, with or without words to search for")
                .notes("Words are Korean or English, and may be mistyped.")
                .refuses(&[BUSY]),
        )
        .post("/api/v1/products", create::create, operation("create_product", "A new product").refuses(&[SKU_TAKEN]))
        .get(
            "/api/v1/products/suggest",
            suggest::suggest,
            operation("suggest_products", "Names of products while somebody types").refuses(&[BUSY]),
        )
        .get("/api/v1/products/{id}", show::show, operation("show_product", "One product"))
        .patch(
            "/api/v1/products/{id}",
            edit::edit,
            operation("edit_product", "Change what the body names of a product").refuses(&[SKU_TAKEN]),
        )
        .delete("/api/v1/products/{id}", delete::delete, operation("delete_product", "Take a product off sale"))
        .get(
            "/api/v1/categories",
            categories::show,
            operation(
                "show_categories",
                "The tree of categories, and how many products are for sale in each and below it",
            ),
        )
        .put(
            "/api/v1/categories/{slug}",
            put_category::put,
            operation("put_category", "Make a category, or give it another name or place")
                .refuses(&[TOO_MANY_CATEGORIES]),
        )
        .delete(
            "/api/v1/categories/{slug}",
            delete_category::delete,
            operation("delete_category", "Take a category's name and place away; its products stay as they are")
                .refuses(&[CATEGORY_NOT_EMPTY]),
        )
}
