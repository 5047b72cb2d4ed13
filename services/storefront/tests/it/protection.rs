//! What pages do not let others do.

use livemart_testing::{Customer, Shop, run};

use crate::reader::Reader;

#[test]
fn a_form_of_another_site_does_nothing() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(5_000, 5).await;
        let reader = Reader::signed_in(shop, &shop.customer().await).await;
        let id = product.to_string();
        let form = [("product", id.as_str()), ("quantity", "1")];
        let foreign: [&[(&str, &str)]; 3] = [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "same-site")],
            // A browser that does not say the one says the other.
            &[("origin", "https://evil.example")],
        ];
        for headers in foreign {
            let page = reader.send_with("/cart/lines", &form, headers).await.expect(403);
            page.says("That came from another site");
        }
        reader.get("/cart").await.expect(200).says("The cart is empty.");
        let own = [("sec-fetch-site", "same-origin"), ("origin", reader.address())];
        reader.send_with("/cart/lines", &form, &own).await.expect(200).says("Added to the cart.");
        reader.send_with("/cart/lines", &form, &own[1..]).await.expect(200);
    });
}

#[test]
fn every_page_lets_scripts_of_the_shop_alone_run_and_has_none_written_into_it() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::staff(shop).await;
        for path in
            ["/", "/cart", "/orders", "/inbox", "/account", "/sign-in", "/sign-up", "/nowhere", "/staff/figures"]
        {
            let page = reader.get(path).await;
            let policy = page.headers["content-security-policy"].to_str().unwrap().to_owned();
            assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(page.headers["cache-control"], "private, no-cache", "{path}");
            for inline in [" style=", " onclick=", "<style", "<script>", "javascript:"] {
                page.says_not(inline);
            }
        }
    });
}

#[test]
fn scripts_cannot_read_the_session_and_other_sites_cannot_send_it() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = [("email", customer.email.as_str()), ("password", Customer::PASSWORD)];
        let answer = client.post(format!("{}/sign-in", shop.storefront_url())).form(&form).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    });
}

#[test]
fn files_of_pages_are_kept_for_ever_under_their_digest() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::new(shop);
        let page = reader.get("/").await.expect(200);
        let script = page.text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
        let file = reader.get(script).await.expect(200);
        assert_eq!(file.headers["content-type"], "text/javascript; charset=utf-8");
        assert_eq!(file.headers["cache-control"], "public, max-age=31536000, immutable");
        for import in file.text.lines().filter_map(|line| line.split("from \"./").nth(1)?.split('"').next()) {
            let other = script.replace("shop.js", import);
            reader.get(&other).await.expect(200);
        }
        let old = reader.get("/assets/000000000000/shop.js").await.expect(200);
        assert_eq!(old.headers["cache-control"], "no-store");
        reader.get("/assets/000000000000/nothing.js").await.expect(404);
    });
}
