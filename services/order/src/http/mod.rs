//! What customers and staff can do with orders, one file per endpoint.

mod cancel;
mod cart;
mod cart_line;
mod create;
mod events;
mod fulfil;
mod list;
mod show;
mod to_fulfil;
mod view;

use livemart_messaging::Store;
use livemart_messaging::group::Group;
use livemart_runtime::{App, Live};
use livemart_web::openapi::{Routes, operation};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::error::{
    CART_FULL, NO_TOTAL, NOT_CANCELLABLE, NOT_FULFILLABLE, OVERLOADED, PRODUCT_UNAVAILABLE, TOO_MANY_STREAMS,
    UNKNOWN_PRODUCT,
};
use crate::lookout::Lookout;

/// What the handlers share.
#[derive(Clone)]
pub struct Orders {
    store: Store,
    /// Where orders that arrive together wait for their commit.
    placing: Group<create::Placing, create::Placed>,
    lookout: Lookout,
    /// Cancelled when streams of events have to end.
    closing: CancellationToken,
}

pub fn routes() -> Routes<Orders> {
    Routes::new()
        .post(
            "/api/v1/orders",
            create::create,
            operation("place_order", "Place an order, at the shop's prices; its saga starts").refuses(&[
                UNKNOWN_PRODUCT,
                PRODUCT_UNAVAILABLE,
                NO_TOTAL,
                OVERLOADED,
            ]),
        )
        .get("/api/v1/orders", list::list, operation("list_orders", "The caller's orders, newest first"))
        .get(
            "/api/v1/orders/to-fulfil",
            to_fulfil::list,
            operation("list_orders_to_fulfil", "Orders that wait for the staff, the longest waiting first"),
        )
        .get(
            "/api/v1/orders/{id}",
            show::show,
            operation("show_order", "One order: the caller's, or any for the staff"),
        )
        .post(
            "/api/v1/orders/{id}/cancel",
            cancel::cancel,
            operation("cancel_order", "Cancel an order; money and goods follow").refuses(&[NOT_CANCELLABLE]),
        )
        .post(
            "/api/v1/orders/{id}/ship",
            fulfil::ship,
            operation("ship_order", "The goods are on their way").refuses(&[NOT_FULFILLABLE]),
        )
        .post(
            "/api/v1/orders/{id}/deliver",
            fulfil::deliver,
            operation("deliver_order", "The goods arrived").refuses(&[NOT_FULFILLABLE]),
        )
        .get(
            "/api/v1/orders/{id}/events",
            events::follow,
            operation("follow_order", "Each event of the order's saga as it happens").refuses(&[TOO_MANY_STREAMS]),
        )
        .get("/api/v1/cart", cart::show, operation("show_cart", "What the caller put aside, at today's prices"))
        .delete("/api/v1/cart", cart::clear, operation("clear_cart", "Empty the cart"))
        .put(
            "/api/v1/cart/lines/{product_id}",
            cart_line::put,
            operation("put_cart_line", "Put so many pieces of a product into the cart, however many were there")
                .refuses(&[UNKNOWN_PRODUCT, PRODUCT_UNAVAILABLE, CART_FULL]),
        )
        .delete(
            "/api/v1/cart/lines/{product_id}",
            cart_line::remove,
            operation("remove_cart_line", "Take a product out of the cart"),
        )
}

/// Starts what the handlers share.
pub fn open(app: &App, settings: Live<Settings>) -> Orders {
    let (placing, lookout) = (create::start(app, settings), Lookout::default());
    app.edge.spawn_until_stop(lookout.clone().run(app.store.clone()));
    Orders { store: app.store.clone(), placing, lookout, closing: app.edge.closing() }
}
