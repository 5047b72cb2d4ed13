//! `user.erased` takes a customer's address out of their orders, and their cart away.

use livemart_contracts::events::UserErased;
use livemart_testing::contract::{Bench, Early, Effects, Late, Saga, Scenario};

use crate::orders::placed;

struct OnUserErased;

impl Scenario for OnUserErased {
    type Event = UserErased;
    const DURABLE: &'static str = "order-user-erased";
    const EFFECTS: Effects = Effects { changes: &["carts", "orders"], ..Effects::NONE };
    const EARLY: Early = Early::Begins;
    const LATE: Late = Late::IGNORED;

    async fn setting(bench: &Bench, saga: &Saga) {
        placed(bench, saga, "confirmed").await;
        let (order, customer) = (saga.order_id.uuid(), saga.customer_id.uuid());
        let address = r#"{"recipient":"Kim","line1":"1","city":"Seoul","postal_code":"1","country":"KR"}"#;
        bench
            .execute(&format!(
                "UPDATE orders SET shipping_address = '{address}' WHERE order_id = '{order}';
                 INSERT INTO carts (customer_id, lines, updated_at) VALUES ('{customer}', '[]', now())"
            ))
            .await;
    }

    fn event(saga: &Saga) -> UserErased {
        UserErased { user_id: saga.customer_id }
    }

    async fn end(bench: &Bench, saga: &Saga) {
        bench.hears("order-user-erased", &UserErased { user_id: saga.customer_id }).await;
    }
}

livemart_testing::reaction_contract!(crate::service, OnUserErased);
