//! `product.created` opens the books of a product.

use livemart_contracts::events::ProductCreated;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::goods::product_created;

struct OnProductCreated;

impl Scenario for OnProductCreated {
    type Event = ProductCreated;
    const DURABLE: &'static str = "inventory-product-created";
    const EFFECTS: Effects = Effects { changes: &["stock"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::DUPLICATE;

    fn event(saga: &Saga) -> ProductCreated {
        product_created(saga)
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("inventory-product-created", &product_created(saga)).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnProductCreated);
