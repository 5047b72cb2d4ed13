//! `GET /products/{id}`: one product, and the form that puts it into the cart.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use livemart_contracts::ProductId;
use serde::Deserialize;

use super::goods::Card;
use super::{Frame, html, id};
use crate::api::Branch;
use crate::fault::Fault;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "product.html")]
struct Page {
    frame: Frame,
    card: Card,
    description: String,
    category: String,
    category_name: String,
    sku: String,
    quantity: String,
    message: Option<String>,
}

#[derive(Deserialize)]
pub struct Chosen {
    /// As it was typed, by somebody who had to sign in first.
    quantity: Option<String>,
}

pub async fn show(
    visitor: Visitor,
    Path(product): Path<String>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, Fault> {
    page(&visitor, id(&product)?, chosen.quantity.as_deref().unwrap_or("1"), None).await
}

/// With what is wrong, where something is.
pub async fn page(
    visitor: &Visitor,
    product: ProductId,
    quantity: &str,
    wrong: Option<(StatusCode, String)>,
) -> Result<Response, Fault> {
    let (product, categories) = futures::join!(visitor.api.product(product), visitor.api.categories());
    let product = product?;
    let (status, message) = wrong.map_or((StatusCode::OK, None), |(status, message)| (status, Some(message)));
    let page = Page {
        frame: Frame::of(visitor),
        card: Card::of(&product, visitor.locale),
        description: visitor.locale.of(&product.description).to_owned(),
        category_name: category(&categories.unwrap_or_default(), &product.category)
            .map_or_else(|| product.category.clone(), |branch| visitor.locale.of(&branch.name).to_owned()),
        category: product.category,
        sku: product.sku,
        quantity: quantity.to_owned(),
        message,
    };
    Ok(html(status, &page))
}

fn category<'a>(branches: &'a [Branch], slug: &str) -> Option<&'a Branch> {
    branches.iter().find_map(|branch| if branch.slug == slug { Some(branch) } else { category(&branch.children, slug) })
}
