//! A shop that is down.

use livemart_testing::{Shop, eventually, run};

use crate::reader::Reader;

#[test]
fn a_gateway_that_is_down_is_said_with_a_way_to_try_again() {
    run(async {
        let shop = Shop::open().await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(&shop, &customer).await;
        let gateway = shop.instance("gateway").unwrap();
        gateway.kill_for_good().await.unwrap();

        for path in ["/?q=tent", "/orders", "/account"] {
            let page = reader.get(path).await.expect(502);
            page.says("The shop does not answer right now").says("Try again").says(&format!("href=\"{path}\""));
        }
        let form = [("email", "hana@example.com"), ("password", "something"), ("next", "/")];
        let page = Reader::new(&shop).send("/sign-in", &form).await.expect(502);
        assert_eq!(page.value("email"), "hana@example.com", "nothing that was typed is lost");

        gateway.start().await.unwrap();
        eventually("the pages being back", async || {
            let page = reader.get("/account").await;
            if page.status == 200 { Ok(()) } else { Err(page.text) }
        })
        .await;
        shop.close().await;
    });
}
