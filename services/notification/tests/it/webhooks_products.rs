//! `product.*` goes to the endpoints that ask for it, each change once.

use livemart_contracts::events::ProductDeleted;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::people::{PASSED_ON, listened_to};

struct WebhooksOfProducts;

impl Scenario for WebhooksOfProducts {
    type Event = ProductDeleted;
    const DURABLE: &'static str = "notification-webhooks-products";
    const EFFECTS: Effects = PASSED_ON;
    const EARLY: Early = Early::Begins;
    /// Another change of the same product.
    const LATE: Late = Late::applied(PASSED_ON);

    async fn setting(bench: &Bench, _: &Saga) {
        listened_to(bench).await;
    }

    fn event(saga: &Saga) -> ProductDeleted {
        ProductDeleted { product_id: saga.product_id, sku: "PEN".to_owned(), version: 2 }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("notification-webhooks-products", &Self::event(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, WebhooksOfProducts);
