//! `product.*` tells what is sold, and at which price; the newest version counts.

use livemart_contracts::events::{LocalizedText, ProductCreated, ProductDeleted};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "order-catalogue";

struct Catalogue;

impl Scenario for Catalogue {
    type Event = ProductCreated;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = Effects { changes: &["catalogue"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> ProductCreated {
        let text = || LocalizedText { ko: "머그".to_owned(), en: "Mug".to_owned() };
        ProductCreated {
            product_id: saga.product_id,
            sku: "MUG-1".to_owned(),
            name: text(),
            description: text(),
            category: "kitchen".to_owned(),
            price: saga.price(),
            version: 1,
        }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        let deleted = ProductDeleted { product_id: saga.product_id, sku: "MUG-1".to_owned(), version: 2 };
        bench.hears(DURABLE, &deleted).await;
    }
}

livemart_testing::projection_contract!(crate::service, Catalogue);
