//! What customers are told about their orders, whatever is announced again.

use livemart_contracts::{Clock, EventId, OrderId};
use livemart_testing::{Customer, MailCatcher, Shop, eventually, run};
use serde_json::Value;

use crate::stream::{jetstream, messages_of, store_again};

/// Everything that a customer is told about one order, by kind.
async fn told(customer: &Customer, order: OrderId) -> Vec<String> {
    let list = customer.api.get("/api/v1/notifications?limit=100").await.expect(200);
    let about = |told: &&Value| told["order_id"] == order.to_string();
    let mut kinds: Vec<String> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(about)
        .map(|told| told["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort_unstable();
    kinds
}

async fn are_told(customer: &Customer, order: OrderId, kinds: &[&str]) {
    eventually("the notifications of an order", async || match told(customer, order).await {
        told if told == kinds => Ok(()),
        told => Err(format!("{told:?}")),
    })
    .await;
}

#[test]
fn an_orders_life_is_told_once_however_often_it_is_announced() {
    run(async {
        let mail = MailCatcher::start().await;
        let shop = Shop::open_with(|options| options.with("LIVEMART_NOTIFICATION_SMTP_URL", &mail.url())).await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let pen = shop.product(1_500, 10).await;
        let [delivered, cancelled] =
            [customer.places(&[(pen, 1)], "pm_card_visa").await, customer.places(&[(pen, 1)], "pm_card_visa").await];
        let declined = customer.places(&[(pen, 1)], "pm_card_declined").await;
        for order in [delivered, cancelled] {
            customer.sees_payment(order, "captured").await;
        }
        staff.ships(delivered).await.expect(200);
        staff.delivers(delivered).await.expect(200);
        customer.cancels(cancelled).await.expect(202);
        let lives: [(OrderId, &[&str]); 3] = [
            (delivered, &["order-confirmed", "order-delivered", "order-shipped"]),
            (cancelled, &["order-cancelled", "order-confirmed", "payment-refunded"]),
            (declined, &["order-failed"]),
        ];
        for (order, kinds) in lives {
            are_told(&customer, order, kinds).await;
        }
        // With the welcome.
        mail.arrived(&customer.email, 8).await;

        // The outbox of the order service is announced again, under new event ids, as it does itself for whoever asks.
        let jetstream = jetstream(&shop.servers).await;
        let mut again = 0;
        for order in [delivered, cancelled, declined] {
            for message in messages_of(&jetstream, order).await {
                if message.subject.starts_with("order.") {
                    let id: EventId = Clock::default().new_id();
                    store_again(&jetstream, &message, |headers| headers.insert("ce-id", id.to_string())).await;
                    again += 1;
                }
            }
        }
        assert_eq!(again, 3 + 6, "three orders: created; confirmed, shipped, delivered; confirmed, cancelled; failed");
        shop.settles(&[delivered, cancelled, declined]).await;
        for (order, kinds) in lives {
            assert_eq!(told(&customer, order).await, kinds);
        }
        let duplicates = "SELECT count(*) FROM notifications.inbox
            WHERE consumer LIKE 'notification-order-%' AND decision = 'duplicate' AND $1 IS NOT NULL";
        assert_eq!(shop.count(duplicates, customer.id.uuid()).await, 6, "each was heard, and recognised");
        let waiting = "SELECT count(*) FROM notifications.tasks WHERE status = 'waiting' AND $1 IS NOT NULL";
        assert_eq!(shop.count(waiting, customer.id.uuid()).await, 0, "nothing more is to be sent");
        assert_eq!(mail.mails_to(&customer.email).len(), 8);
        shop.close().await;
    });
}
