//! `GET /cart` and `DELETE /cart`: what the caller put aside, priced as an order would be now.

use axum::Json;
use axum::extract::State;
use axum::response::NoContent;
use livemart_contracts::{Money, ProductId};
use livemart_web::Caller;
use schemars::JsonSchema;
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;

use super::Orders;
use crate::domain::Cart;
use crate::domain::cart::{PricedCart, PricedCartLine, Standing};
use crate::error::OrderError;
use crate::store::{carts, catalogue};

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Cart")]
pub(super) struct CartView {
    lines: Vec<LineView>,
    /// Of the lines that are available.
    total: Option<Money>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CartLine")]
struct LineView {
    product_id: ProductId,
    quantity: u32,
    /// `available`, `unavailable` when it is no longer sold, `unknown` when the catalogue has not told of it.
    status: &'static str,
    unit_price: Option<Money>,
    total: Option<Money>,
}

impl From<PricedCartLine> for LineView {
    fn from(PricedCartLine { product_id, quantity, standing }: PricedCartLine) -> Self {
        let (status, unit_price, total) = match standing {
            Standing::Available { unit_price, total } => ("available", Some(unit_price), Some(total)),
            Standing::Unavailable => ("unavailable", None, None),
            Standing::Unknown => ("unknown", None, None),
        };
        Self { product_id, quantity, status, unit_price, total }
    }
}

impl CartView {
    /// `cart` at the catalogue's prices.
    pub(super) async fn of(cart: &Cart, db: &impl ConnectionTrait) -> Result<Self, DbErr> {
        let offers = catalogue::find_in(db, cart.lines().iter().map(|line| line.product_id)).await?;
        let PricedCart { lines, total } = cart.price(&offers);
        Ok(Self { lines: lines.into_iter().map(LineView::from).collect(), total })
    }
}

pub(super) async fn show(
    State(Orders { store, .. }): State<Orders>,
    caller: Caller,
) -> Result<Json<CartView>, OrderError> {
    let cart = carts::find(store.db(), caller.user_id).await?;
    Ok(Json(CartView::of(&cart, store.db()).await?))
}

/// Empties it; an empty one stays empty.
pub(super) async fn clear(State(Orders { store, .. }): State<Orders>, caller: Caller) -> Result<NoContent, OrderError> {
    let work = store.begin().await?;
    carts::delete_in(work.tx(), caller.user_id).await?;
    work.commit().await?;
    Ok(NoContent)
}
