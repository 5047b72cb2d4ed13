//! Addresses and the inbox.

use livemart_testing::{Shop, eventually, run};

use crate::reader::Reader;

#[test]
fn an_address_is_kept_and_forgotten_and_one_that_lacks_something_is_shown_again() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::signed_in(shop, &shop.customer().await).await;
        let typed =
            [("recipient", "Park Sena"), ("line1", ""), ("city", "Busan"), ("postal_code", "48058"), ("country", "KR")];
        let page = reader.send("/account/addresses", &typed).await.expect(422);
        page.says("id=\"wrong-line1\"").says("Please fill this in.");
        assert_eq!((page.value("recipient"), page.value("city")), ("Park Sena".to_owned(), "Busan".to_owned()));

        let mut whole = typed;
        whole[1].1 = "1 Haeundae";
        reader.send("/account/addresses", &whole).await.expect(200).says("Park Sena, 1 Haeundae, 48058, Busan, KR");
        let page = reader.get("/account").await.expect(200);
        let remove = page.text.split("action=\"").find(|rest| rest.starts_with("/account/addresses/")).expect("a form");
        let remove = remove.split('"').next().expect("its address").to_owned();
        for _ in 0..2 {
            reader.send(&remove, &[]).await.expect(200).says("No address is kept yet.");
        }
    });
}

#[test]
fn what_the_shop_says_is_in_the_inbox_until_it_is_read() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let product = shop.product(5_000, 5).await;
        let reader = Reader::signed_in(shop, &customer).await;
        let order = customer.places(&[(product, 1)], "pm_card_visa").await;
        let page = eventually("a notification", async || {
            let page = reader.get("/inbox").await.expect(200);
            if page.text.contains(&format!("/orders/{order}")) { Ok(page) } else { Err(page.text) }
        })
        .await;
        let unread = page.text.matches("class=\"unread\"").count();
        assert!(unread > 0, "{}", page.text);
        let read = page.text.split("action=\"").find(|rest| rest.starts_with("/inbox/")).expect("a form");
        let page = reader.send(read.split('"').next().expect("its address"), &[]).await.expect(200);
        assert_eq!(page.text.matches("class=\"unread\"").count(), unread - 1);
        let counted = reader.get("/inbox/unread").await.expect(200);
        assert_eq!(counted.text, format!("{{\"unread\":{}}}", unread - 1));
        shop.settles(&[order]).await;
    });
}
