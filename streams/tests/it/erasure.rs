//! Somebody who asks to be forgotten: a search through everything that is stored.

use async_nats::jetstream;
use futures::TryStreamExt as _;
use livemart_testing::{Customer, Shop, eventually, run};
use reqwest::Method;
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::stream::jetstream;

const NAME: &str = "Leftover-Person-77";
/// Where a customer's address or name stands, as soon as everybody has heard of them.
const TRACES: [&str; 7] = [
    "users.users",
    "users.addresses",
    "users.outbox",
    "orders.orders",
    "orders.idempotency_keys",
    "notifications.recipients",
    "in USERS",
];

/// Where one of these texts stands: tables of every schema, messages of every stream and bucket.
async fn leftovers(shop: &Shop, texts: &[&str]) -> Vec<String> {
    let mut found = in_tables(shop, texts).await;
    let context = jetstream(&shop.servers).await;
    let names: Vec<String> = context.stream_names().try_collect().await.unwrap();
    for name in names {
        found.extend(in_stream(&context, &name, texts).await);
    }
    found
}

async fn in_tables(shop: &Shop, texts: &[&str]) -> Vec<String> {
    let mut admin = shop.admin().await;
    let query = "SELECT schemaname || '.' || tablename FROM pg_tables
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut admin).await.unwrap();
    let mut found = Vec::new();
    for table in tables {
        for text in texts {
            let rows = format!("SELECT count(*) FROM {table} t WHERE strpos(lower(t::text), lower($1)) > 0");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(rows)).bind(text).fetch_one(&mut admin).await.unwrap();
            if rows > 0 {
                found.push(format!("{text} in {rows} rows of {table}"));
            }
        }
    }
    found
}

async fn in_stream(context: &jetstream::Context, name: &str, texts: &[&str]) -> Vec<String> {
    let mut stream = context.get_stream(name).await.unwrap();
    let state = stream.info().await.unwrap().state.clone();
    let mut found = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let Ok(message) = stream.get_raw_message(sequence).await else { continue };
        let whole = format!("{} {:?} {}", message.subject, message.headers, String::from_utf8_lossy(&message.payload));
        let stands = |text: &&&str| whole.to_lowercase().contains(&text.to_lowercase());
        found.extend(
            texts.iter().find(stands).map(|text| format!("{text} in {name} at {sequence}: {}", message.subject)),
        );
    }
    found
}

/// Leaves traces wherever a customer can.
async fn lives(shop: &Shop) -> Customer {
    let customer = shop.customer().await;
    let rename = customer.api.request(Method::PATCH, "/api/v1/users/me").json(&json!({ "name": NAME }));
    customer.api.send(rename).await.expect(200);
    let address = json!({ "recipient": NAME, "line1": "1", "city": "Seoul", "postal_code": "1", "country": "KR" });
    customer.api.post("/api/v1/users/me/addresses", &address).await.expect(201);

    let pen = shop.product(1_500, 10).await;
    let line = customer.api.request(Method::PUT, &format!("/api/v1/cart/lines/{pen}")).json(&json!({ "quantity": 1 }));
    customer.api.send(line).await.expect(200);
    let order = json!({
        "lines": [{ "product_id": pen, "quantity": 1 }], "payment_method": "pm_card_visa", "shipping_address": address,
    });
    let order = customer.api.post_with_key("/api/v1/orders", "the last", &order).await.expect(201);
    customer.sees_payment(order["id"].as_str().unwrap().parse().unwrap(), "captured").await;
    customer
}

#[test]
fn of_an_account_that_was_erased_no_table_and_no_stream_holds_the_name_or_the_address() {
    run(async {
        let shop = Shop::open().await;
        let (customer, other) = (lives(&shop).await, shop.customer().await);
        let texts = [customer.email.as_str(), NAME];
        eventually("the search finding all that there is", async || {
            let before = leftovers(&shop, &texts).await.join("\n");
            let unfound: Vec<&str> = TRACES.into_iter().filter(|place| !before.contains(place)).collect();
            if unfound.is_empty() { Ok(()) } else { Err(format!("not in {unfound:?}:\n{before}")) }
        })
        .await;

        customer.api.delete("/api/v1/users/me").await.expect(204);
        eventually("everything being forgotten", async || {
            let left = leftovers(&shop, &texts).await;
            if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
        })
        .await;
        let erased = shop.count("SELECT count(*) FROM orders.carts WHERE customer_id = $1", customer.id.uuid()).await;
        assert_eq!(erased, 0, "the cart is gone too");
        let query = "SELECT count(*) FROM notifications.recipients WHERE user_id = $1 AND erased AND email IS NULL";
        assert_eq!(shop.count(query, customer.id.uuid()).await, 1, "nobody is written to any more");

        // Others are not forgotten with them, and the address is free again.
        assert!(!leftovers(&shop, &[&other.email]).await.is_empty());
        other.sign_in().await;
        let account = json!({ "email": customer.email, "password": "teal-otter-counts-9-lanterns", "name": "Again" });
        shop.gateway.post("/api/v1/users", &account).await.expect(201);
        shop.close().await;
    });
}

#[test]
fn what_is_not_published_yet_is_forgotten_as_well() {
    run(async {
        let shop = Shop::open().await;
        let customer = shop.customer().await;
        // Published, and not marked: as if the service had died in between.
        let unmark = "UPDATE users.outbox SET published_at = NULL, stream_sequence = NULL WHERE aggregate_id = $1";
        eventually("the account being announced", async || {
            let unmarked = sqlx::query(unmark).bind(customer.id.to_string()).execute(&mut shop.admin().await).await;
            if unmarked.unwrap().rows_affected() > 0 { Ok(()) } else { Err("no row") }
        })
        .await;
        customer.api.delete("/api/v1/users/me").await.expect(204);
        eventually("everything being forgotten", async || {
            let left = leftovers(&shop, &[&customer.email]).await;
            if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
        })
        .await;
        shop.close().await;
    });
}
