//! A product finds its buyer: without scripts, and once.

use livemart_contracts::OrderId;
use livemart_testing::{Shop, eventually, run};

use crate::reader::{Page, Reader};

fn order_of(page: &Page) -> OrderId {
    let id = page.path.strip_prefix("/orders/").and_then(|rest| rest.split('?').next()?.parse().ok());
    id.unwrap_or_else(|| panic!("{} is no page of an order:\n{}", page.path, page.text))
}

const ADDRESS: [(&str, &str); 6] = [
    ("address", "new"),
    ("recipient", "Kim Hana"),
    ("line1", "1 Sejong-daero"),
    ("city", "Seoul"),
    ("postal_code", "04524"),
    ("country", "kr"),
];

/// The form of a checkout page, filled in.
fn filled<'a>(key: &'a str, lines: &'a str, card: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("key", key), ("lines", lines), ("card", card)];
    form.extend(ADDRESS);
    form
}

#[test]
fn a_product_is_put_into_the_cart_and_bought_without_scripts() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(15_900, 10).await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        let page = reader.get(&format!("/products/{product}")).await.expect(200);
        page.says("₩15,900").says("Add to cart");

        let form = [("product", product.to_string()), ("quantity", "2".to_owned())];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let cart = reader.send("/cart/lines", &form).await.expect(200);
        assert!(cart.path.starts_with("/cart"), "{}", cart.path);
        cart.says("Added to the cart.").says("₩31,800");

        let checkout = reader.get("/checkout").await.expect(200);
        checkout.says("Visa").says("pays after three seconds");
        let (key, lines) = (checkout.value("key"), checkout.value("lines"));
        let mut form = filled(&key, &lines, "pm_card_visa");
        form.push(("keep", "yes"));
        let page = reader.send("/checkout", &form).await.expect(200);
        let order = order_of(&page);
        page.says("Kim Hana, 1 Sejong-daero, 04524, Seoul, KR");

        customer.sees_payment(order, "captured").await;
        let page = reader.get(&format!("/orders/{order}")).await.expect(200);
        page.says("data-status=\"confirmed\"").says("data-payment-status=\"captured\"").says("₩31,800");
        page.says_not("http-equiv=\"refresh\"");
        reader.get("/orders").await.expect(200).says("Test product").says("Confirmed");
        reader.get("/cart").await.expect(200).says("The cart is empty.");
        reader.get("/account").await.expect(200).says("Kim Hana");
        shop.settles(&[order]).await;
    });
}

#[test]
fn a_double_click_and_a_reload_buy_once() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 10).await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        let id = product.to_string();
        reader.send("/cart/lines", &[("product", id.as_str()), ("quantity", "1")]).await.expect(200);
        let checkout = reader.get("/checkout").await.expect(200);
        let (key, lines) = (checkout.value("key"), checkout.value("lines"));
        let form = filled(&key, &lines, "pm_card_visa");

        let clicks = futures::future::join_all((0..3).map(|_| reader.send("/checkout", &form))).await;
        // Of clicks at once, one may be told that the first is not done; sent again, it finds the order.
        let again = eventually("a click finding the order", async || {
            let page = reader.send("/checkout", &form).await;
            if page.path.starts_with("/orders/") { Ok(page) } else { Err(page.text) }
        });
        let order = order_of(&again.await);
        for click in clicks.iter().filter(|click| click.path.starts_with("/orders/")) {
            assert_eq!(order_of(click), order);
        }
        let orders = customer.api.get("/api/v1/orders").await.expect(200);
        assert_eq!(orders["data"].as_array().map(Vec::len), Some(1), "{orders}");
        shop.settles(&[order]).await;
    });
}

#[test]
fn an_order_that_fails_says_why() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 1).await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        let declined = customer.places(&[(product, 1)], "pm_card_declined").await;
        let short = customer.places(&[(product, 2)], "pm_card_visa").await;
        for (order, reason) in [(declined, "The card was declined."), (short, "Not enough of it is in stock.")] {
            customer.sees(order, "failed").await;
            let page = reader.get(&format!("/orders/{order}")).await.expect(200);
            page.says("data-status=\"failed\"").says(reason).says_not("Cancel the order");
        }
        shop.settles(&[declined, short]).await;
    });
}

#[test]
fn an_order_is_cancelled_once_and_its_money_comes_back() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 5).await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        let order = customer.places(&[(product, 1)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        let path = format!("/orders/{order}/cancel");
        reader.get(&format!("/orders/{order}")).await.expect(200).says("Cancel the order");
        reader.send(&path, &[]).await.expect(200).says("The order is cancelled");
        customer.sees_payment(order, "refunded").await;
        let page = reader.get(&format!("/orders/{order}")).await.expect(200);
        page.says("data-status=\"cancelled\"").says("Money back").says_not("Cancel the order");
        shop.settles(&[order]).await;
    });
}

#[test]
fn what_somebody_else_ordered_is_not_found() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 5).await;
        let order = shop.customer().await.places(&[(product, 1)], "pm_card_visa").await;
        let reader = Reader::signed_in(shop, &shop.customer().await).await;
        reader.get(&format!("/orders/{order}")).await.expect(404).says("There is no such page");
        reader.get("/orders/nothing").await.expect(404);
        shop.settles(&[order]).await;
    });
}

#[test]
fn a_price_that_changed_meanwhile_is_shown_before_it_is_paid() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 5).await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        let id = product.to_string();
        reader.send("/cart/lines", &[("product", id.as_str()), ("quantity", "1")]).await.expect(200);
        let checkout = reader.get("/checkout").await.expect(200);
        let (key, lines) = (checkout.value("key"), checkout.value("lines").replace(":5000:", ":4000:"));
        let page = reader.send("/checkout", &filled(&key, &lines, "pm_card_slow")).await.expect(409);
        page.says("Prices or products have changed").says("₩5,000");
        assert_eq!(page.value("recipient"), "Kim Hana", "nothing that was typed is lost");
        assert_ne!(page.value("key"), key, "what is bought now is another order");
        let orders = customer.api.get("/api/v1/orders").await.expect(200);
        assert_eq!(orders["data"].as_array().map(Vec::len), Some(0));
    });
}
