//! `order.*` tells what was ordered and how it was decided; what was told before only shows in the timeline.

use livemart_contracts::events::{OrderConfirmed, OrderCreated};
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

const DURABLE: &str = "analytics-orders";

struct Orders;

fn confirmed(saga: &Saga) -> OrderConfirmed {
    OrderConfirmed { order_id: saga.order_id, customer_id: saga.customer_id }
}

impl Scenario for Orders {
    type Event = OrderConfirmed;
    const DURABLE: &'static str = DURABLE;
    const EFFECTS: Effects =
        Effects { changes: &["order_events", "order_hours", "orders", "product_days"], ..Effects::NONE };
    // Of which product something was sold is known with the order.
    const EARLY: Early =
        Early::Remembered(Effects { changes: &["order_events", "order_hours", "orders"], ..Effects::NONE });
    const LATE: Late = Late { decision: "duplicate", effects: Effects { changes: &["order_events"], ..Effects::NONE } };

    async fn cause(bench: &Bench, saga: &Saga) {
        let created = OrderCreated {
            order_id: saga.order_id,
            customer_id: saga.customer_id,
            lines: saga.priced_lines(),
            total: saga.total(),
            payment_method: "pm_card_visa".to_owned(),
            expires_at: saga.expires_at,
        };
        bench.hears(DURABLE, &created).await;
    }

    fn event(saga: &Saga) -> OrderConfirmed {
        confirmed(saga)
    }

    /// Announced again, because somebody asked.
    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears(DURABLE, &confirmed(saga)).await;
    }
}

livemart_testing::projection_contract!(crate::service, Orders);
