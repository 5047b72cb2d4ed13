//! Sessions: what ends one is honoured everywhere at once.

use livemart_testing::{Answer, Api, Customer, Shop, eventually, run};
use reqwest::Method;
use serde_json::json;

/// A path of each service that needs a caller.
const PATHS: [(&str, &str); 5] = [
    ("user", "/api/v1/users/me"),
    ("order", "/api/v1/orders"),
    ("payment", "/api/v1/payments"),
    ("inventory", "/api/v1/stock/prd_01h455vb4pex5vsknk084sn02q/movements"),
    ("analytics", "/api/v1/analytics/funnel"),
];

/// Where each of them listens, beside the gateway.
async fn doors(shop: &Shop) -> Vec<(&'static str, String, &'static str)> {
    let replicas = shop.discovery().replicas().await.unwrap();
    let mut doors = Vec::new();
    for (service, path) in PATHS {
        doors.push(("gateway", shop.gateway_url().to_owned(), path));
        let own = replicas.iter().filter(|replica| replica.service == service);
        doors.extend(own.map(|replica| (service, replica.address.clone(), path)));
    }
    doors
}

/// Whoever answers this knows the caller, whatever they may do.
fn is_known(answer: &Answer) -> bool {
    [200, 403].contains(&answer.status)
}

async fn refresh(api: &Api, token: &str) -> Answer {
    api.post("/api/v1/sessions/refresh", &json!({ "refresh_token": token })).await
}

#[test]
fn a_session_that_is_ended_is_refused_by_every_service_at_every_door() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let other_device = customer.sign_in().await;
        let doors = doors(shop).await;
        assert_eq!(doors.len(), 2 * PATHS.len());
        for (service, address, path) in &doors {
            let answer = customer.api.elsewhere(address).get(path).await;
            assert!(is_known(&answer), "{service} {path}: {} {}", answer.status, answer.text);
        }

        customer.api.delete("/api/v1/sessions").await.expect(204);
        for (service, address, path) in &doors {
            // The answer to the sign-out was sent when it was stored; the hint to each service takes a moment.
            eventually(&format!("{service} refusing the session at {path}"), async || {
                let answer = customer.api.elsewhere(address).get(path).await;
                if answer.status == 401 { Ok(answer) } else { Err(answer.text) }
            })
            .await
            .expect_problem(401, "session-ended");
        }
        refresh(&shop.gateway, &customer.refresh_token).await.expect_problem(401, "invalid-refresh-token");

        for (service, address, path) in &doors {
            let answer = other_device.api.elsewhere(address).get(path).await;
            assert!(is_known(&answer), "the other session goes on: {service} {path}: {}", answer.text);
        }
        shop.settles(&[]).await;
    });
}

#[test]
fn a_refresh_token_works_once_and_its_second_use_ends_the_session() {
    run(async {
        let shop = Shop::shared().await;
        let first = shop.customer().await;
        let second = first.renewed(&refresh(&shop.gateway, &first.refresh_token).await.expect(200));
        assert_ne!(first.refresh_token, second.refresh_token);
        second.api.get("/api/v1/users/me").await.expect(200);

        refresh(&shop.gateway, &first.refresh_token).await.expect_problem(401, "refresh-token-reused");
        // Whoever has the newer one may be the thief.
        refresh(&shop.gateway, &second.refresh_token).await.expect_problem(401, "invalid-refresh-token");
        for customer in [&first, &second] {
            eventually("the access token being refused", async || {
                let answer = customer.api.get("/api/v1/users/me").await;
                if answer.status == 401 { Ok(answer) } else { Err(answer.text) }
            })
            .await
            .expect_problem(401, "session-ended");
        }
        first.sign_in().await.api.get("/api/v1/users/me").await.expect(200);
        shop.settles(&[]).await;
    });
}

#[test]
fn an_account_that_is_blocked_is_out_at_once_and_one_that_is_promoted_signs_in_anew() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, staff) = (shop.customer().await, shop.staff().await);
        let change = async |what| {
            let request = staff.api.request(Method::PATCH, &format!("/api/v1/users/{}", customer.id)).json(&what);
            staff.api.send(request).await.expect(200)
        };
        let is_out = async |api: &Api| {
            eventually("the session being refused", async || {
                let answer = api.get("/api/v1/users/me").await;
                if answer.status == 401 { Ok(answer) } else { Err(answer.text) }
            })
            .await
            .expect_problem(401, "session-ended");
        };

        change(json!({ "role": "admin" })).await;
        is_out(&customer.api).await;
        let promoted = customer.sign_in().await;
        promoted.api.get("/api/v1/users").await.expect(200);

        change(json!({ "blocked": true })).await;
        is_out(&promoted.api).await;
        shop.settles(&[]).await;
    });
}

#[test]
fn guesses_from_everywhere_do_not_keep_the_owner_out_where_they_signed_in_before() {
    const GUESSES_FROM_ONE_PLACE: usize = 10;
    run(async {
        let shop = Shop::shared().await;
        let (customer, replicas) = (shop.customer().await, shop.discovery().replicas().await.unwrap());
        let user = replicas.iter().find(|replica| replica.service == "user").unwrap();
        // Beside the gateway, which says where a request comes from.
        let door = shop.gateway.elsewhere(&user.address);
        let sign_in = async |place: &str, password: &str| {
            let credentials = json!({ "email": customer.email, "password": password });
            let request = door.request(Method::POST, "/api/v1/sessions").header("x-forwarded-for", place);
            door.send(request.json(&credentials)).await
        };
        sign_in("192.0.2.1", Customer::PASSWORD).await.expect(201);
        for place in ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "198.51.100.5", "198.51.100.6"] {
            for _ in 0..GUESSES_FROM_ONE_PLACE {
                sign_in(place, "a-guess-of-somebody").await.expect_problem(401, "invalid-credentials");
            }
            sign_in(place, "a-guess-of-somebody").await.expect_problem(429, "too-many-attempts");
        }
        let at_a_new_place = sign_in("203.0.113.7", Customer::PASSWORD).await;
        at_a_new_place.expect_problem(429, "too-many-attempts");
        sign_in("192.0.2.1", Customer::PASSWORD).await.expect(201);
        for _ in 0..GUESSES_FROM_ONE_PLACE {
            sign_in("192.0.2.1", "a-guess-of-somebody").await.expect_problem(401, "invalid-credentials");
        }
        sign_in("192.0.2.1", Customer::PASSWORD).await.expect_problem(429, "too-many-attempts");
        shop.settles(&[]).await;
    });
}
