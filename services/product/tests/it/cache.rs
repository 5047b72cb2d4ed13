//! Single products, with Redis in front of them and without.

use livemart_contracts::ProductId;
use livemart_testing::{TestServers, database, run, servers};
use redis::AsyncCommands;
use serde_json::json;

use crate::fixture::{Replica, soon};

async fn replica_on(database_url: &str) -> Replica {
    Replica::start(database_url, &servers().await.redis_urls()).await
}

async fn redis() -> redis::aio::MultiplexedConnection {
    let url = servers().await.redis_urls().remove(0);
    redis::Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

fn key(id: ProductId) -> String {
    format!("livemart:product:v2:{id}")
}

#[test]
fn a_product_is_served_from_redis_until_it_changes() {
    run(async {
        let database = database().await;
        let (one, other) = (replica_on(&database.url("product")).await, replica_on(&database.url("product")).await);
        let id = one.creates("CAP", "모자", "Cap", "fashion", 9_900).await;
        let mut redis = redis().await;
        let cached: String = redis.get(key(id)).await.unwrap();
        let revision = cached.split_once('\n').and_then(|(revision, _)| revision.parse::<i64>().ok());
        assert!(revision > Some(0), "{cached}");
        let left: i64 = redis.pttl(key(id)).await.unwrap();
        assert!((200_000..=360_000).contains(&left), "{left}");

        // What says that it is as new is believed: so this was not read from the table.
        let marked = cached.replace("Cap", "Cap from Redis");
        let _: () = redis.set(key(id), marked).await.unwrap();
        soon("the other replica hearing of the product", async || {
            let product = other.shows(id).await.expect(200);
            if product["name"]["en"] == "Cap from Redis" { Ok(()) } else { Err(product) }
        })
        .await;
        let shown = one.shows(id).await;
        assert_eq!(shown.headers["etag"], "\"1\"");
        let path = format!("/products/{id}");
        let known = one.call(axum::http::Method::GET, &path, None, &[("if-none-match", "\"1\"")]).await;
        assert_eq!(known.status, 304);

        // A level is nobody's edit: it is noticed by looking at the tables.
        one.hears_of_stock(id, 7, 1).await;
        for replica in [&one, &other] {
            soon("the new level", async || {
                let shown = replica.shows(id).await;
                if shown.body["available"] == 7 { Ok(shown) } else { Err(shown.body) }
            })
            .await;
        }
        assert_eq!(one.shows(id).await.headers["etag"], "\"1.1\"");
        assert_eq!(one.shows(id).await.body["name"]["en"], "Cap");
    });
}

#[test]
fn an_edit_and_a_deletion_on_one_replica_are_seen_on_the_other_at_once() {
    run(async {
        let database = database().await;
        let (one, other) = (replica_on(&database.url("product")).await, replica_on(&database.url("product")).await);
        let id = one.creates("HAT", "모자", "Hat", "fashion", 9_900).await;
        for price in 1..=5 {
            let (editor, reader) = if price % 2 == 0 { (&one, &other) } else { (&other, &one) };
            editor.edits(id, json!({ "price": { "amount": price, "currency": "KRW" } })).await;
            assert_eq!(reader.shows(id).await.expect(200)["price"]["amount"], price);
        }
        one.deletes(id).await;
        other.shows(id).await.expect(404);
        one.shows(id).await.expect(404);
    });
}

#[test]
fn what_a_replay_put_back_and_what_was_deleted_by_hand_is_seen_on_every_replica() {
    run(async {
        let database = database().await;
        let (one, other) = (replica_on(&database.url("product")).await, replica_on(&database.url("product")).await);
        let id = one.creates("MUG", "머그", "Mug", "home", 9_900).await;
        let execute = async |statement: String| {
            sea_orm::ConnectionTrait::execute_unprepared(one.store.db(), &statement).await.unwrap();
        };
        let both_see = async |available: i64| {
            for replica in [&one, &other] {
                soon("the level", async || {
                    let shown = replica.shows(id).await;
                    if shown.body["available"] == available { Ok(()) } else { Err(shown.body) }
                })
                .await;
            }
        };
        one.hears_of_stock(id, 7, 5).await;
        both_see(7).await;
        // As a replay exchanges rows: what it puts in their place may be of an older version.
        execute(format!("DELETE FROM product_stock WHERE product_id = '{}'", id.uuid())).await;
        both_see(0).await;
        execute(format!("INSERT INTO product_stock VALUES ('{}', 3, 2)", id.uuid())).await;
        both_see(3).await;
        let edited = one.edits(id, json!({ "name": { "en": "Cup" } })).await;
        assert_eq!((&edited["available"], &other.shows(id).await.body["name"]["en"]), (&json!(3), &json!("Cup")));

        execute(format!("DELETE FROM products WHERE id = '{}'", id.uuid())).await;
        for replica in [&one, &other] {
            replica.lists("q=MUG", &[]).await;
            soon("the deletion", async || match replica.shows(id).await {
                shown if shown.status == 404 => Ok(()),
                shown => Err(shown.body),
            })
            .await;
        }
    });
}

#[test]
fn what_is_too_old_is_not_served_whoever_put_it_into_redis() {
    run(async {
        let shop = replica_on(&database().await.url("product")).await;
        let mut redis = redis().await;
        let id = shop.creates("OLD", "옛것", "Old", "tests", 1).await;
        let old: String = redis.get(key(id)).await.unwrap();
        shop.edits(id, json!({ "name": { "en": "New" } })).await;
        // A reader that read before the edit and writes after it, a Redis that went back in time, and rubbish.
        for lie in [old.as_str(), "0\nnull", "999", "", "9999\n{}"] {
            let _: () = redis.set(key(id), lie).await.unwrap();
            assert_eq!(shop.shows(id).await.expect(200)["name"]["en"], "New", "{lie}");
        }
    });
}

#[test]
fn an_absent_product_is_remembered_for_seconds_and_forgotten_when_it_appears() {
    run(async {
        let shop = replica_on(&database().await.url("product")).await;
        let id: ProductId = "prd_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        shop.shows(id).await.expect(404);
        let mut redis = redis().await;
        let cached: String = redis.get(key(id)).await.unwrap();
        assert_eq!(cached, "0\nnull");
        let left: i64 = redis.pttl(key(id)).await.unwrap();
        assert!(left <= 4_000, "{left}");

        let by_hand = format!(
            "INSERT INTO products (id, sku, name_ko, name_en, description_ko, description_en, category, price_amount,
                                   price_currency, version, created_at, updated_at)
             VALUES ('{}', 'LATE', '늦은 것', 'Late', '', '', 'tests', 1, 'KRW', 1, now(), now())",
            id.uuid()
        );
        sea_orm::ConnectionTrait::execute_unprepared(shop.store.db(), &by_hand).await.unwrap();
        soon("the product", async || {
            let answer = shop.shows(id).await;
            if answer.status == 200 { Ok(()) } else { Err(answer.body) }
        })
        .await;
    });
}

#[test]
fn without_redis_reads_and_edits_go_on_and_are_right() {
    run(async {
        let servers = TestServers::start(|options| options).await;
        let shop = Replica::start(&servers.database_url("product"), &servers.redis_urls()).await;
        let id = shop.creates("PAN", "냄비", "Pan", "home", 1).await;
        for price in 2..=20 {
            match price {
                5 => servers.redis()[0].kill_for_good().await.unwrap(),
                15 => {
                    servers.redis()[0].start().await.unwrap();
                    servers.ready().await.unwrap();
                }
                _ => {}
            }
            shop.edits(id, json!({ "price": { "amount": price, "currency": "KRW" } })).await;
            assert_eq!(shop.shows(id).await.expect(200)["price"]["amount"], price);
        }
        drop(shop);
        servers.stop().await;
    });
}
