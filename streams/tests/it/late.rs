//! Orders that nobody decides in time, and what comes after their deadline.

use livemart_contracts::{OrderId, ProductId};
use livemart_testing::{Customer, Shop, run};

/// Less than the payment service waits for a silent provider.
const DEADLINE_SECONDS: &str = "4";

async fn shop_with_a_short_deadline() -> (Shop, Customer, ProductId) {
    let shop = Shop::open_with(|options| options.with("LIVEMART_ORDER_DEADLINE_SECONDS", DEADLINE_SECONDS)).await;
    let customer = shop.customer().await;
    let pen = shop.product(1_500, 10).await;
    (shop, customer, pen)
}

async fn times_out(customer: &Customer, order: OrderId) {
    assert_eq!(customer.sees(order, "failed").await["failure"]["code"], "timed-out");
}

#[test]
fn an_order_whose_services_are_down_at_its_deadline_fails_and_what_they_do_late_is_undone() {
    run(async {
        let (shop, customer, pen) = shop_with_a_short_deadline().await;
        for service in ["payment", "inventory"] {
            let down = shop.instance(service).unwrap();
            down.stop().await.unwrap();
            let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
            times_out(&customer, order).await;
            down.start().await.unwrap();
            shop.settles(&[order]).await;
        }
        assert_eq!(shop.staff().await.stock(pen).await["available"], 10);
        shop.close().await;
    });
}

#[test]
fn a_hold_that_turns_up_after_the_end_of_its_order_is_released() {
    run(async {
        let (shop, customer, pen) = shop_with_a_short_deadline().await;
        // The provider holds the money and says nothing.
        let silent = customer.places(&[(pen, 2)], "pm_card_timeout").await;
        times_out(&customer, silent).await;
        customer.sees_payment(silent, "voided").await;

        // It holds the money and says so to a service that dies.
        let payment = shop.instance("payment").unwrap();
        payment.stop().await.unwrap();
        let fault = [("LIVEMART_CRASH_AT".to_owned(), "before-record:payment.authorize".to_owned())];
        payment.start_once_with(fault.into()).await.unwrap();
        shop.ready().await.unwrap();
        let unheard = customer.places(&[(pen, 2)], "pm_card_visa").await;
        times_out(&customer, unheard).await;
        customer.sees_payment(unheard, "voided").await;

        shop.settles(&[silent, unheard]).await;
        let voided =
            shop.count("SELECT count(*) FROM sandbox.holds WHERE status = 'voided' AND $1 IS NOT NULL", pen.uuid());
        assert_eq!(voided.await, 2, "the provider did hold the money of both");
        shop.close().await;
    });
}
