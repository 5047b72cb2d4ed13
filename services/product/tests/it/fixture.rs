//! Replicas of the catalogue in this process, on a real database and a real Redis.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use axum::{Extension, Router, middleware};
use http_body_util::BodyExt;
use livemart_contracts::{Clock, ProductId};
use livemart_messaging::Store;
use livemart_messaging::wake::Wakes;
use livemart_product::catalogue::Catalogue;
use livemart_product::config::{Config, Settings};
use livemart_product::following::Known;
use livemart_product::http;
use livemart_product::store::stock::{Level, keep_newest_in};
use livemart_testing::eventually_within;
use livemart_web::caller::Unauthenticated;
use livemart_web::{Authenticate, Caller, Role, request};
use sea_orm::Database;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What is promised is one second; a machine that is busy with other tests may take longer.
const SOON: Duration = Duration::from_secs(10);

/// Everybody is staff.
struct Trusting;

#[async_trait]
impl Authenticate for Trusting {
    async fn authenticate(&self, _: &str) -> Result<Caller, Unauthenticated> {
        let clock = Clock::default();
        let (user_id, session_id) = (clock.new_id(), clock.new_id());
        Ok(Caller { user_id, session_id, role: Role::Admin, expires_at: clock.now() })
    }
}

/// A replica, as the runtime would serve it. It stops following when it is dropped.
pub struct Replica {
    pub store: Store,
    router: Router,
    stop: CancellationToken,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The SKUs of a list.
    pub fn skus(&self) -> Vec<String> {
        let data = self.body["data"].as_array().unwrap_or_else(|| panic!("no list: {}", self.body));
        data.iter().map(|product| product["sku"].as_str().unwrap().to_owned()).collect()
    }
}

impl Replica {
    /// Starts, and has caught up.
    pub async fn start(database_url: &str, redis: &[String]) -> Self {
        let db = Database::connect(database_url).await.unwrap();
        let (wakes, _) = Wakes::new();
        let emits = vec!["product.created", "product.updated", "product.deleted"];
        let store = Store::new(db, Clock::default(), wakes, "product", emits);
        let redis_urls = redis.iter().map(|url| url.as_str().into()).collect();
        let config = Config { redis_urls, live: Settings { cache_seconds: 300 }.into() };
        let (catalogue, mut follower) = Catalogue::new(store.clone(), Known::default(), &config).unwrap();
        follower.catch_up().await.unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(follower.run(stop.clone()));
        let authenticate: Arc<dyn Authenticate> = Arc::new(Trusting);
        let router = http::routes()
            .into_parts("product")
            .0
            .with_state(catalogue)
            .layer(Extension(authenticate))
            .layer(middleware::from_fn(request::finish));
        Self { store, router, stop }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    pub async fn call(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, "Bearer x")
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    pub async fn creates(&self, sku: &str, ko: &str, en: &str, category: &str, price: i64) -> ProductId {
        let product = json!({
            "sku": sku,
            "name": { "ko": ko, "en": en },
            "description": { "ko": "", "en": "" },
            "category": category,
            "price": { "amount": price, "currency": "KRW" },
        });
        let created = self.call(Method::POST, "/products", Some(product), &[]).await.expect(201);
        created["id"].as_str().unwrap().parse().unwrap()
    }

    pub async fn edits(&self, id: ProductId, changes: Value) -> Value {
        self.call(Method::PATCH, &format!("/products/{id}"), Some(changes), &[("if-match", "*")]).await.expect(200)
    }

    pub async fn deletes(&self, id: ProductId) {
        self.call(Method::DELETE, &format!("/products/{id}"), None, &[("if-match", "*")]).await.expect(204);
    }

    /// As the projection of `stock.changed` does.
    pub async fn hears_of_stock(&self, product_id: ProductId, available: i64, version: i64) {
        let work = self.store.begin().await.unwrap();
        keep_newest_in(work.tx(), &[Level { product_id, available, version }]).await.unwrap();
        work.commit().await.unwrap();
    }

    pub async fn shows(&self, id: ProductId) -> Answer {
        self.get(&format!("/products/{id}")).await
    }

    /// Waits until the list has these products, in this order.
    pub async fn lists(&self, query: &str, expected: &[&str]) {
        soon(&format!("{expected:?} by {query}"), async || {
            let found = self.get(&format!("/products?{query}")).await.skus();
            if found == expected { Ok(()) } else { Err(format!("{found:?}")) }
        })
        .await;
    }
}

pub async fn soon<T, S: Display>(what: &str, look: impl AsyncFnMut() -> Result<T, S>) -> T {
    eventually_within(SOON, what, look).await
}
