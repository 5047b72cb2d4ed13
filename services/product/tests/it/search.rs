//! Lists, search and suggestions.

use axum::http::Method;
use livemart_testing::{database, run};
use serde_json::{Value, json};

use crate::fixture::{Replica, soon};

async fn replica() -> Replica {
    Replica::start(&database().await.url("product"), &[]).await
}

/// Text as it stands in an address.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn counts(list: &Value) -> Vec<(String, u64)> {
    let buckets = list["facets"]["category"].as_array().unwrap();
    buckets.iter().map(|one| (one["value"].as_str().unwrap().to_owned(), one["count"].as_u64().unwrap())).collect()
}

#[test]
fn a_list_is_searched_filtered_counted_and_sorted() {
    run(async {
        let shop = replica().await;
        let earphones = shop.creates("EAR", "무선 이어폰", "Wireless earphones", "audio", 30_000).await;
        shop.creates("BAR", "무선 사운드바", "Wireless soundbar", "audio", 90_000).await;
        shop.creates("KEY", "무선 키보드", "Wireless keyboard", "computer", 60_000).await;
        shop.creates("CUP", "머그컵", "Mug", "home", 10_000).await;
        shop.hears_of_stock(earphones, 5, 1).await;

        shop.lists("", &["CUP", "KEY", "BAR", "EAR"]).await;
        let wireless = encoded("무선");
        shop.lists(&format!("q={wireless}&sort=price"), &["EAR", "KEY", "BAR"]).await;
        shop.lists(&format!("q={wireless}&sort=-price"), &["BAR", "KEY", "EAR"]).await;
        shop.lists("q=wireless&sort=name", &["BAR", "EAR", "KEY"]).await;
        shop.lists("q=wireless&min_price=60000&max_price=89999", &["KEY"]).await;
        shop.lists("in_stock=true", &["EAR"]).await;
        shop.lists("in_stock=false&sort=price", &["CUP", "KEY", "BAR"]).await;
        shop.lists(&format!("q={}", encoded("이어펀")), &["EAR"]).await;

        let audio = shop.get("/products?q=wireless&category=audio&limit=1").await.expect(200);
        assert_eq!(audio["total"], 2);
        // What else there is of the other categories, for a click on them.
        assert_eq!(counts(&audio), [("audio".to_owned(), 2), ("computer".to_owned(), 1)]);

        // A price that excludes what was found is no reason to look for something that sounds like it.
        let none = shop.get(&format!("/products?q={}&max_price=1", encoded("키보드"))).await.expect(200);
        assert_eq!((&none["total"], &none["data"], &none["next_cursor"]), (&json!(0), &json!([]), &Value::Null));

        shop.hears_of_stock(earphones, 0, 2).await;
        shop.lists("in_stock=true", &[]).await;
    });
}

#[test]
fn pages_have_no_duplicate_and_no_gap_while_products_change() {
    run(async {
        let shop = replica().await;
        let mut stable = Vec::new();
        for number in 0..30 {
            let sku = format!("S-{number:02}");
            // Prices and names repeat, so that the id has to decide.
            shop.creates(&sku, &format!("시험 상품 {}", number % 4), "Test", "tests", 1_000 + number % 3).await;
            stable.push(sku);
        }
        let restless = shop.creates("RESTLESS", "시험 상품", "Test", "tests", 1_001).await;
        soon("all products", async || {
            let total = shop.get("/products").await.expect(200)["total"].clone();
            if total == 31 { Ok(()) } else { Err(total) }
        })
        .await;
        let mut number = 0;
        for query in ["sort=created", "sort=price", "sort=-price", "sort=name", "q=test", "q=test&sort=name"] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = shop.get(&format!("/products?{query}&limit=7{cursor}")).await;
                seen.extend(page.skus().into_iter().filter(|sku| sku.starts_with("S-")));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
                number += 1;
                let passing = shop.creates(&format!("P-{number}"), "시험 상품 1", "Test", "tests", 1_001).await;
                shop.edits(restless, json!({ "price": { "amount": 1_000 + number % 7, "currency": "KRW" } })).await;
                soon("the new product", async || {
                    let found = shop.get(&format!("/products?q=P-{number}")).await.skus();
                    if found == [format!("P-{number}")] { Ok(()) } else { Err(format!("{found:?}")) }
                })
                .await;
                if number % 2 == 0 {
                    shop.deletes(passing).await;
                }
            }
            seen.sort();
            assert_eq!(seen, stable, "{query}");
        }
    });
}

#[test]
fn a_change_on_one_replica_is_found_on_all_of_them() {
    run(async {
        let database = database().await;
        let (one, other) =
            (Replica::start(&database.url("product"), &[]).await, Replica::start(&database.url("product"), &[]).await);
        let product = one.creates("HOME-1", "독서등", "Reading lamp", "home", 20_000).await;
        for replica in [&one, &other] {
            replica.lists("q=lamp", &["HOME-1"]).await;
        }
        other.edits(product, json!({ "name": { "en": "Night light" } })).await;
        for replica in [&one, &other] {
            replica.lists("q=lamp", &[]).await;
            replica.lists("q=light", &["HOME-1"]).await;
        }
        one.deletes(product).await;
        for replica in [&one, &other] {
            replica.lists("q=light", &[]).await;
        }
    });
}

#[test]
fn a_replica_that_starts_knows_what_happened_before_also_by_hand() {
    run(async {
        let database = database().await;
        let url = database.url("product");
        let first = Replica::start(&url, &[]).await;
        let kept = first.creates("KEPT", "남는 것", "Kept", "tests", 1).await;
        let gone = first.creates("GONE", "사라질 것", "Gone", "tests", 1).await;
        first.hears_of_stock(kept, 3, 1).await;
        first.deletes(gone).await;
        drop(first);

        let second = Replica::start(&url, &[]).await;
        assert_eq!(second.get("/products?in_stock=true").await.skus(), ["KEPT"]);
        assert_eq!(second.get("/products").await.skus(), ["KEPT"]);

        // An operator with psql is nobody who would tell the index.
        let by_hand = "UPDATE products SET name_en = 'Renamed', version = version + 1 WHERE sku = 'KEPT'";
        sea_orm::ConnectionTrait::execute_unprepared(second.store.db(), by_hand).await.unwrap();
        second.lists("q=renamed", &["KEPT"]).await;
    });
}

#[test]
fn names_are_suggested_while_they_are_typed_in_the_language_in_which_they_are_typed() {
    run(async {
        let shop = replica().await;
        let galaxy = shop.creates("BUD", "갤럭시 버즈", "Galaxy Buds", "audio", 1).await;
        shop.creates("KEY", "기계식 키보드", "Mechanical keyboard", "computer", 1).await;
        shop.lists("sort=price", &["BUD", "KEY"]).await;
        let suggested = async |typed: &str| {
            let answer = shop.get(&format!("/products/suggest?q={}", encoded(typed))).await.expect(200);
            let data = answer["data"].as_array().unwrap().clone();
            data.iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for typed in ["ㄱㄹ", "갤", "갤러", "갤럭ㅅ", "갤럭시 ㅂ", "갤럭시버", "개럭시"] {
            assert_eq!(suggested(typed).await, ["갤럭시 버즈"], "{typed}");
        }
        assert_eq!(suggested("gal").await, ["Galaxy Buds"]);
        assert_eq!(suggested("mechanical keybao").await, ["Mechanical keyboard"]);
        for nothing in ["", "!", "zzzz"] {
            assert_eq!(suggested(nothing).await, [""; 0], "{nothing}");
        }
        let answer = shop.get("/products/suggest?q=gal").await.expect(200);
        assert_eq!(answer["data"][0]["product_id"], galaxy.to_string());
    });
}

#[test]
fn what_cannot_be_understood_is_refused_by_name() {
    run(async {
        let shop = replica().await;
        let long = "x".repeat(101);
        for (path, pointer) in [
            (format!("/products?q={long}"), "q"),
            (format!("/products/suggest?q={long}"), "q"),
            ("/products/suggest?q=a&limit=3".to_owned(), ""),
            ("/products?sort=relevance".to_owned(), "sort"),
            ("/products?q=a&sort=best".to_owned(), "sort"),
            ("/products?min_price=1e3".to_owned(), "min_price"),
            ("/products?cursor=eyJ4IjoxfQ".to_owned(), "cursor"),
        ] {
            let problem = shop.call(Method::GET, &path, None, &[]).await.expect(422);
            assert_eq!(problem["code"], "validation-failed", "{path}: {problem}");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{path}: {problem}");
        }
        shop.creates("ONE", "하나", "One", "tests", 1).await;
        shop.creates("TWO", "둘", "Two", "tests", 2).await;
        shop.lists("sort=price", &["ONE", "TWO"]).await;
        let cursor = shop.get("/products?limit=1&sort=price").await.expect(200)["next_cursor"].clone();
        let cursor = cursor.as_str().unwrap();
        assert_eq!(shop.get(&format!("/products?sort=price&cursor={cursor}")).await.skus(), ["TWO"]);
        let problem = shop.get(&format!("/products?sort=name&cursor={cursor}")).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "cursor");
    });
}
