//! The tree of categories, as the staff makes it and shoppers see it.

use axum::http::Method;
use livemart_testing::{database, run};
use serde_json::{Value, json};

use crate::fixture::{Answer, Replica};

async fn put(shop: &Replica, slug: &str, ko: &str, en: &str, parent: Value) -> Answer {
    let category = json!({ "name": { "ko": ko, "en": en }, "parent": parent });
    shop.call(Method::PUT, &format!("/categories/{slug}"), Some(category), &[]).await
}

async fn delete(shop: &Replica, slug: &str) -> Answer {
    shop.call(Method::DELETE, &format!("/categories/{slug}"), None, &[]).await
}

#[test]
fn categories_are_a_tree_with_names_in_both_languages_and_counts_of_what_is_below() {
    run(async {
        let shop = Replica::start(&database().await.url("product"), &[]).await;
        assert_eq!(put(&shop, "audio", "오디오", "Audio", json!(null)).await.status, 201);
        assert_eq!(put(&shop, "headphones", "헤드폰", "Headphones", json!("audio")).await.status, 201);
        assert_eq!(put(&shop, "audio", " 음향 ", "Audio", json!(null)).await.status, 200);
        for (sku, category) in [("A", "audio"), ("B", "headphones"), ("C", "headphones"), ("D", "toys")] {
            shop.creates(sku, sku, sku, category, 1).await;
        }
        let gone = shop.creates("E", "E", "E", "headphones", 1).await;
        shop.deletes(gone).await;
        let tree = shop.get("/categories").await.expect(200);
        let headphones = json!({
            "slug": "headphones", "name": { "ko": "헤드폰", "en": "Headphones" }, "products": 2, "children": [],
        });
        let audio = json!({
            "slug": "audio", "name": { "ko": "음향", "en": "Audio" }, "products": 3, "children": [headphones],
        });
        // Nobody has named it yet.
        let toys = json!({ "slug": "toys", "name": { "ko": "toys", "en": "toys" }, "products": 1, "children": [] });
        assert_eq!(tree, json!({ "data": [audio, toys] }));

        // Who looks into a category sees what is below it, too.
        shop.lists("category=audio&sort=name", &["A", "B", "C"]).await;
        shop.lists("category=headphones&sort=name", &["B", "C"]).await;
        shop.lists("category=nothing", &[]).await;

        delete(&shop, "audio").await.expect(409);
        assert_eq!(delete(&shop, "headphones").await.status, 204);
        assert_eq!(delete(&shop, "audio").await.status, 204);
        delete(&shop, "audio").await.expect(404);
        let flat = shop.get("/categories").await.expect(200);
        let slugs: Vec<&Value> = flat["data"].as_array().unwrap().iter().map(|branch| &branch["slug"]).collect();
        assert_eq!(slugs, ["audio", "headphones", "toys"], "the products are as they were");
    });
}

#[test]
fn a_category_that_cannot_be_is_refused_with_every_reason() {
    run(async {
        let shop = Replica::start(&database().await.url("product"), &[]).await;
        put(&shop, "audio", "오디오", "Audio", json!(null)).await.expect(201);
        put(&shop, "headphones", "헤드폰", "Headphones", json!("audio")).await.expect(201);
        for (slug, ko, parent, pointer, code) in [
            ("Audio", "x", json!(null), "slug", "invalid"),
            ("audio", "", json!(null), "/name/ko", "required"),
            ("tv", "x", json!("unheard-of"), "/parent", "unknown"),
            ("audio", "x", json!("headphones"), "/parent", "circle"),
            ("audio", "x", json!("audio"), "/parent", "circle"),
        ] {
            let problem = put(&shop, slug, ko, "x", parent).await.expect(422);
            let error = &problem["errors"][0];
            assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)), "{problem}");
        }
        let unknown = json!({ "name": { "ko": "x", "en": "x" }, "colour": "red" });
        assert_eq!(shop.call(Method::PUT, "/categories/tv", Some(unknown), &[]).await.status, 422);
    });
}
