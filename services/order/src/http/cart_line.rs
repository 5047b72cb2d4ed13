//! `PUT` and `DELETE /cart/lines/{product_id}`: how many pieces of a product the caller wants.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::ids::Product;
use livemart_web::{Body, Caller, PathId, Violations};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Orders;
use super::cart::CartView;
use crate::domain::Unpriceable;
use crate::domain::placing::{LARGEST_QUANTITY, Offer};
use crate::error::OrderError;
use crate::store::{carts, catalogue};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    #[schemars(range(min = 1, max = LARGEST_QUANTITY))]
    quantity: u32,
}

/// Puts so many in, however many were there; what is not sold cannot be put in.
pub(super) async fn put(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
    PathId(product_id): PathId<Product>,
    Body(Input { quantity }): Body<Input>,
) -> Result<Json<CartView>, OrderError> {
    let mut wrong = Violations::default();
    let detail = format!("a quantity is a number from 1 to {LARGEST_QUANTITY}");
    wrong.require((1..=LARGEST_QUANTITY).contains(&quantity), "/quantity", "out-of-range", detail);
    wrong.check().map_err(OrderError::Invalid)?;

    let work = store.begin().await?;
    match catalogue::find_in(work.tx(), [product_id]).await?.get(&product_id) {
        Some(Offer::Sold(_)) => {}
        Some(Offer::NoLongerSold) => return Err(Unpriceable::ProductUnavailable(product_id).into()),
        None => return Err(Unpriceable::UnknownProduct(product_id).into()),
    }
    let mut cart = carts::lock_in(work.tx(), caller.user_id, work.now()).await?;
    cart.put(product_id, quantity)?;
    carts::save_in(work.tx(), caller.user_id, &cart, work.now()).await?;
    let view = CartView::of(&cart, work.tx()).await?;
    work.commit().await?;
    Ok(Json(view))
}

/// Takes the product out; one that is not there stays out.
pub(super) async fn remove(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
    PathId(product_id): PathId<Product>,
) -> Result<NoContent, OrderError> {
    let work = store.begin().await?;
    let mut cart = carts::lock_in(work.tx(), caller.user_id, work.now()).await?;
    if cart.take_out(product_id) {
        carts::save_in(work.tx(), caller.user_id, &cart, work.now()).await?;
    }
    work.commit().await?;
    Ok(NoContent)
}
