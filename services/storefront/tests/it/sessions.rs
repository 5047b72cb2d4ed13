//! Who one is, from page to page.

use livemart_testing::{Customer, Shop, run};

use crate::reader::Reader;

#[test]
fn an_account_is_made_signed_in_and_left() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::new(shop);
        let typed = [("name", "Lee Duri"), ("email", "duri@example.com"), ("next", "/cart")];
        let with = |password: &'static str| [&typed[..], &[("password", password)]].concat();
        let page = reader.send("/sign-up", &with("short")).await.expect(422);
        page.says("Too short.").says("aria-invalid=\"true\"");
        assert_eq!((page.value("name"), page.value("email")), ("Lee Duri".to_owned(), "duri@example.com".to_owned()));
        page.says_not("value=\"short\"");

        let page = reader.send("/sign-up", &with(Customer::PASSWORD)).await.expect(200);
        assert!(page.path.starts_with("/cart"), "{}", page.path);
        page.says("Welcome!").says("Sign out");
        let page = reader.send("/sign-out", &[]).await.expect(200);
        page.says("Sign in").says_not("Sign out");
        assert!(reader.get("/orders").await.path.starts_with("/sign-in?next=%2Forders"));

        let page = Reader::new(shop).send("/sign-up", &with(Customer::PASSWORD)).await.expect(409);
        page.says("There is an account with this e-mail address already.");
    });
}

#[test]
fn a_wrong_password_is_one_sentence_and_the_address_stays() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let reader = Reader::new(shop);
        let form = [("email", customer.email.as_str()), ("password", "wrong"), ("next", "/orders")];
        let page = reader.send("/sign-in", &form).await.expect(401);
        page.says("The e-mail address or the password is wrong.");
        assert_eq!((page.value("email"), page.value("next")), (customer.email, "/orders".to_owned()));
    });
}

#[test]
fn signing_in_leads_back_to_the_shop_and_nowhere_else() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
            let form = [("email", customer.email.as_str()), ("password", Customer::PASSWORD), ("next", next)];
            let page = Reader::new(shop).send("/sign-in", &form).await.expect(200);
            assert_eq!(page.path, "/", "{next}");
        }
    });
}

#[test]
fn who_has_to_sign_in_first_finds_what_they_chose() {
    run(async {
        let shop = Shop::shared().await;
        let (product, customer) = (shop.product(5_000, 5).await, shop.customer().await);
        let reader = Reader::new(shop);
        let id = product.to_string();
        let page = reader.send("/cart/lines", &[("product", id.as_str()), ("quantity", "3")]).await.expect(200);
        assert!(page.path.starts_with("/sign-in"), "{}", page.path);
        let next = page.value("next");
        let form = [("email", customer.email.as_str()), ("password", Customer::PASSWORD), ("next", next.as_str())];
        let page = reader.send("/sign-in", &form).await.expect(200);
        assert!(page.path.starts_with(&format!("/products/{product}")), "{}", page.path);
        assert_eq!(page.value("quantity"), "3");
    });
}

#[test]
fn a_session_that_was_ended_elsewhere_is_over_here() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let reader = Reader::signed_in(shop, &customer).await;
        reader.get("/account").await.expect(200).says(&customer.email);
        // Somebody takes the account away: all of its sessions end.
        let path = format!("/api/v1/users/{}", customer.id);
        let staff = shop.staff().await;
        let blocked = staff.api.request(reqwest::Method::PATCH, &path).json(&serde_json::json!({ "blocked": true }));
        staff.api.send(blocked).await.expect(200);
        livemart_testing::eventually("the session being over", async || {
            let page = reader.get("/account").await;
            if page.path.starts_with("/sign-in") { Ok(()) } else { Err(page.text) }
        })
        .await;
        reader.get("/").await.expect(200).says("Sign in");
    });
}

/// The storefront's clock is ahead, so that every access token is over when it comes: each request with the first cookie
/// wants another, and a refresh token works once.
#[test]
fn requests_that_come_at_once_with_an_old_session_are_renewed_once() {
    run(async {
        let late = |options: livemart_local::ShopOptions| {
            options.with_once("storefront-1", "LIVEMART_CLOCK_OFFSET_SECONDS", "100000")
        };
        let shop = Shop::open_with(late).await;
        let customer = shop.customer().await;
        let sign_in = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let form = [("email", customer.email.as_str()), ("password", Customer::PASSWORD)];
        let answer = sign_in.post(format!("{}/sign-in", shop.storefront_url())).form(&form).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let ask = async || {
            let request = sign_in.get(format!("{}/account", shop.storefront_url())).header("cookie", &cookie);
            let answer = request.send().await.unwrap();
            let renewed = answer.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
            (answer.status().as_u16(), renewed)
        };
        let answers = futures::future::join_all((0..8).map(|_| ask())).await;
        let first = answers[0].1.clone().expect("a renewed session");
        assert!(first.starts_with("livemart-session=") && !first.starts_with(&cookie), "{first}");
        for (status, renewed) in answers {
            assert_eq!((status, renewed.as_deref()), (200, Some(first.as_str())));
        }
        shop.close().await;
    });
}
