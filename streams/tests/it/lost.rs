//! Decisions that are lost on their way: whoever waits for one asks, and hears it again.

use async_nats::jetstream;
use livemart_contracts::OrderId;
use livemart_testing::{Shop, eventually, run};

use crate::stream::{jetstream, messages_of};

/// Long enough for the stops and starts that make the loss.
const DEADLINE_SECONDS: &str = "20";
const ASK_AFTER_SECONDS: &str = "1";

async fn shop_that_asks_soon() -> Shop {
    let shop = Shop::open_with(|options| {
        options
            .with("LIVEMART_ORDER_DEADLINE_SECONDS", DEADLINE_SECONDS)
            .with("LIVEMART_PAYMENT_STALLED_AFTER_SECONDS", ASK_AFTER_SECONDS)
            .with("LIVEMART_INVENTORY_STALLED_AFTER", ASK_AFTER_SECONDS)
    });
    shop.await
}

/// As if the stream had lost them: nobody who has not read them by now ever will.
async fn lose_confirmations(jetstream: &jetstream::Context) {
    let orders = jetstream.get_stream("ORDERS").await.unwrap();
    let purged = orders.purge().filter("order.confirmed").await.unwrap();
    assert!(purged.success && purged.purged > 0, "there was something to lose");
}

async fn is_reserved(shop: &Shop, order: OrderId, status: &'static str) {
    let query = match status {
        "held" => "SELECT count(*) FROM inventory.reservations WHERE order_id = $1 AND status = 'held'",
        _ => "SELECT count(*) FROM inventory.reservations WHERE order_id = $1 AND status = 'committed'",
    };
    eventually("the reservation", async || match shop.count(query, order.uuid()).await {
        0 => Err(format!("not {status}")),
        _ => Ok(()),
    })
    .await;
}

/// What was said about the order, without what was purged.
async fn subjects(jetstream: &jetstream::Context, order: OrderId) -> Vec<String> {
    messages_of(jetstream, order).await.into_iter().map(|message| message.subject.to_string()).collect()
}

#[test]
fn a_confirmation_that_the_payment_service_never_gets_is_asked_for_and_the_money_is_taken() {
    run(async {
        let shop = shop_that_asks_soon().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let (payment, inventory) = (shop.instance("payment").unwrap(), shop.instance("inventory").unwrap());
        let jetstream = jetstream(&shop.servers).await;

        // Held, and then away while the order is confirmed.
        inventory.stop().await.unwrap();
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        customer.sees_payment(order, "authorized").await;
        payment.stop().await.unwrap();
        inventory.start().await.unwrap();
        customer.sees(order, "confirmed").await;
        is_reserved(&shop, order, "committed").await;
        lose_confirmations(&jetstream).await;

        payment.start().await.unwrap();
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;
        let said = subjects(&jetstream, order).await;
        assert!(
            said.contains(&"payment.stalled".to_owned()) && said.contains(&"order.confirmed".to_owned()),
            "{said:?}"
        );
        shop.close().await;
    });
}

#[test]
fn a_confirmation_that_the_inventory_never_gets_is_asked_for_and_the_goods_leave() {
    run(async {
        let shop = shop_that_asks_soon().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let payment = shop.instance("payment").unwrap();
        let (inventory, order_service) = (shop.instance("inventory").unwrap(), shop.instance("order").unwrap());
        let jetstream = jetstream(&shop.servers).await;

        // Reserved while the order service is away, and then away while it confirms.
        payment.stop().await.unwrap();
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        order_service.stop().await.unwrap();
        payment.start().await.unwrap();
        is_reserved(&shop, order, "held").await;
        inventory.stop().await.unwrap();
        order_service.start().await.unwrap();
        customer.sees_payment(order, "captured").await;
        lose_confirmations(&jetstream).await;

        inventory.start().await.unwrap();
        is_reserved(&shop, order, "committed").await;
        shop.settles(&[order]).await;
        let said = subjects(&jetstream, order).await;
        assert!(said.contains(&"stock.stalled".to_owned()) && said.contains(&"order.confirmed".to_owned()), "{said:?}");
        shop.close().await;
    });
}
