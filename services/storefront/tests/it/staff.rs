//! The staff's pages.

use livemart_contracts::{OrderId, ProductId};
use livemart_testing::{Customer, Shop, eventually, run};

use crate::reader::{Page, Reader};

#[test]
fn the_staffs_pages_are_for_the_staff() {
    run(async {
        let shop = Shop::shared().await;
        let customer = Reader::signed_in(shop, &shop.customer().await).await;
        customer.get("/").await.expect(200).says_not("/staff/orders");
        for path in ["/staff/orders", "/staff/stock", "/staff/figures", "/staff/products/new"] {
            customer.get(path).await.expect(403).says("This page is for the shop&#39;s staff");
            assert!(Reader::new(shop).get(path).await.path.starts_with("/sign-in"), "{path}");
        }
    });
}

/// An order of a product of ₩5,000 that is paid: five pieces there were.
async fn sold(shop: &Shop, pieces: u32) -> (Customer, ProductId, OrderId) {
    let (customer, product) = (shop.customer().await, shop.product(5_000, 5).await);
    let order = customer.places(&[(product, pieces)], "pm_card_visa").await;
    customer.sees_payment(order, "captured").await;
    (customer, product, order)
}

async fn finds(reader: &Reader, path: &str, text: &str) -> Page {
    let mut path = path.to_owned();
    eventually("a list having it", async || {
        // Other tests have orders that wait, too.
        let page = reader.get(&path).await.expect(200);
        if page.text.contains(text) {
            return Ok(page);
        }
        let next = page.text.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(next) = next {
            path = next.replace("&#38;", "&").replace("&amp;", "&");
        }
        Err(page.text)
    })
    .await
}

#[test]
fn an_order_is_shipped_and_delivered() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, _, order) = sold(shop, 1).await;
        let reader = Reader::staff(shop).await;
        let page = finds(&reader, "/staff/orders", &order.to_string()).await;
        page.says("Mark as shipped");
        let (ship, deliver) = (format!("/staff/orders/{order}/ship"), format!("/staff/orders/{order}/deliver"));
        reader.send(&deliver, &[]).await.expect(409).says("This order is not at that step");
        reader.send(&ship, &[("back", "/staff/orders")]).await.expect(200).says("marked as shipped");
        finds(&reader, "/staff/orders?status=shipped", &order.to_string()).await.says("Mark as delivered");
        reader.send(&deliver, &[]).await.expect(200);
        customer.sees(order, "delivered").await;
        let page = reader.get(&format!("/staff/find?order=+{order}")).await.expect(200);
        assert_eq!(page.path, format!("/staff/orders/{order}"));
        let page = reader.get("/staff/find?order=ord_nothing").await.expect(404);
        assert_eq!(page.value("order"), "ord_nothing");
        shop.settles(&[order]).await;
    });
}

#[test]
fn money_is_given_back_in_part_with_goods_and_then_the_rest() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, product, order) = sold(shop, 2).await;
        let reader = Reader::staff(shop).await;
        let path = format!("/staff/orders/{order}");
        let refunds = format!("{path}/refunds");
        let back = format!("back-{product}");

        let page = reader.get(&path).await.expect(200);
        page.says("₩10,000");
        let key = page.value("key");
        let wrong = [("key", key.as_str()), ("amount", "a lot"), ("reason", "scratched"), (back.as_str(), "1")];
        let page = reader.send(&refunds, &wrong).await.expect(422);
        page.says("id=\"wrong-amount\"");
        assert_eq!(
            (page.value("amount"), page.value("reason"), page.value(&back)),
            ("a lot".into(), "scratched".into(), "1".into())
        );
        let much = [("key", key.as_str()), ("amount", "10,001"), ("reason", "scratched"), (back.as_str(), "0")];
        reader.send(&refunds, &much).await.expect(409).says("more than what is left");

        let part = [("key", key.as_str()), ("amount", "4,000"), ("reason", "scratched"), (back.as_str(), "1")];
        for _ in 0..2 {
            // The second is the first, sent again.
            reader.send(&refunds, &part).await.expect(200).says("The refund is on its way.");
        }
        customer.sees_payment(order, "partially_refunded").await;
        eventually("the piece being back", async || {
            let stock = shop.staff().await.stock(product).await;
            if stock["available"] == 4 { Ok(()) } else { Err(stock) }
        })
        .await;
        let page = reader.get(&path).await.expect(200);
        page.says("₩6,000").says("scratched");
        let rest = [("key", page.value("key")), ("amount", String::new()), ("reason", "all of it".to_owned())];
        let rest: Vec<(&str, &str)> = rest.iter().map(|(name, value)| (*name, value.as_str())).collect();
        reader.send(&refunds, &rest).await.expect(200);
        customer.sees_payment(order, "refunded").await;
        let page = eventually("nothing being left", async || {
            let page = reader.get(&path).await.expect(200);
            if page.text.contains("name=\"reason\"") { Err(page.text) } else { Ok(page) }
        })
        .await;
        page.says("Refunded");
        shop.settles(&[order]).await;
    });
}

#[test]
fn stock_is_listed_with_the_lowest_first_and_adjusted_once() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 7).await;
        let reader = Reader::staff(shop).await;
        let list = reader.get("/staff/stock").await.expect(200);
        let levels: Vec<i64> = list
            .text
            .split("data-label=\"Available\"><span class=\"")
            .skip(1)
            .filter_map(|rest| rest.split('>').nth(1)?.split('<').next()?.parse().ok())
            .collect();
        assert!(!levels.is_empty() && levels.is_sorted(), "{levels:?}");

        let path = format!("/staff/stock/{product}");
        let page = reader.get(&path).await.expect(200);
        page.says("data-on-hand>7<");
        let key = page.value("key");
        let wrong = [("key", key.as_str()), ("delta", "many"), ("reason", "counted")];
        let page = reader.send(&path, &wrong).await.expect(422);
        assert_eq!((page.value("delta"), page.value("reason")), ("many".to_owned(), "counted".to_owned()));
        let less = [("key", key.as_str()), ("delta", "-8"), ("reason", "counted")];
        reader.send(&path, &less).await.expect(409).says("less than what is held");
        let more = [("key", key.as_str()), ("delta", "+5"), ("reason", "found behind the shelf")];
        for _ in 0..2 {
            let page = reader.send(&path, &more).await.expect(200);
            page.says("data-on-hand>12<").says("found behind the shelf").says("+5");
        }
    });
}

#[test]
fn a_product_is_made_changed_and_taken_off_sale() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::staff(shop).await;
        reader.get("/staff/products/new").await.expect(200);
        let form = |tag: &'static str, price: &'static str, name: &'static str| {
            [
                ("tag", tag),
                ("sku", "PAGE-1"),
                ("name_ko", "종이 등불"),
                ("name_en", name),
                ("description_ko", "밝다"),
                ("description_en", "Bright"),
                ("category", "lights"),
                ("price", price),
                ("currency", "krw"),
            ]
        };
        let page = reader.send("/staff/products", &form("", "12.50", "Paper lantern")).await.expect(422);
        page.says("id=\"wrong-price\"");
        assert_eq!((page.value("name_en"), page.value("price")), ("Paper lantern".to_owned(), "12.50".to_owned()));
        let page = reader.send("/staff/products", &form("", "12,500", "Paper lantern")).await.expect(200);
        let path = page.path.split('?').next().expect("a path").to_owned();
        assert!(path.starts_with("/staff/products/prd_"), "{path}");
        reader.send("/staff/products", &form("", "12,500", "Another")).await.expect(409).says("item number");

        let old: &'static str = page.value("tag").leak();
        let page = reader.send(&path, &form(old, "13000", "Paper lantern, large")).await.expect(200);
        assert_eq!(page.value("price"), "13000");
        let stale = reader.send(&path, &form(old, "1", "Mine")).await.expect(412);
        stale.says("Somebody else has changed this product meanwhile.");
        assert_eq!(stale.value("name_en"), "Mine", "nothing that was typed is lost");

        let tag = reader.get(&path).await.expect(200).value("tag");
        let page = reader.send(&format!("{path}/off-sale"), &[("tag", tag.as_str())]).await.expect(200);
        page.says("The product is off sale.");
        let product = path.rsplit('/').next().expect("an id");
        reader.get(&format!("/products/{product}")).await.expect(404);
    });
}

#[test]
fn figures_show_what_was_sold() {
    run(async {
        let shop = Shop::shared().await;
        let (_, _, order) = sold(shop, 1).await;
        let reader = Reader::staff(shop).await;
        let page = eventually("figures of a day", async || {
            let page = reader.get("/staff/figures").await.expect(200);
            if page.text.contains("<td class=\"amount\">₩0</td></tr>\n      </tbody>") {
                Err(page.text)
            } else {
                Ok(page)
            }
        })
        .await;
        page.says("<svg").says("Net sales by day").says("p99");
        shop.settles(&[order]).await;
    });
}
