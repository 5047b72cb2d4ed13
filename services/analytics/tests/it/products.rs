//! `product.*` tells how products are called; the newest version counts.

use livemart_contracts::events::{LocalizedText, ProductCreated, ProductUpdated};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "analytics-products";

struct Products;

fn text(text: &str) -> LocalizedText {
    LocalizedText { ko: text.to_owned(), en: text.to_owned() }
}

impl Scenario for Products {
    type Event = ProductCreated;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects = Effects { changes: &["products"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    fn event(saga: &Saga) -> ProductCreated {
        ProductCreated {
            product_id: saga.product_id,
            sku: "MUG-1".to_owned(),
            name: text("Mug"),
            description: text("A mug"),
            category: "kitchen".to_owned(),
            price: saga.price(),
            version: 1,
        }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        let updated = ProductUpdated {
            product_id: saga.product_id,
            sku: "MUG-1".to_owned(),
            name: text("Large mug"),
            description: text("A mug"),
            category: "kitchen".to_owned(),
            price: saga.price(),
            version: 2,
        };
        bench.hears(DURABLE, &updated).await;
    }
}

livemart_testing::projection_contract!(crate::service, Products);
