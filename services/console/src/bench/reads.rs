//! Products read, listed and searched through the gateway.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use livemart_contracts::ProductId;
use livemart_local::wait::{self, Look};
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::results::{Read, Reads};
use super::scale::Scale;
use super::{bare, catalogue};
use crate::api::{Api, expect_success};
use crate::load::{Bounds, Latency, Pace, Turn, paced};
use crate::private::PrivateShop;

/// What fits into any cache.
const FEW_PRODUCTS: usize = 100;
/// Searches a second, at which the goal is set, and in the air at once.
const SEARCHES_PER_SECOND: f64 = 200.0;
const AT_ONCE: usize = 64;
/// Until the search has taken in the whole catalogue.
const INDEXED_WITHIN: Duration = Duration::from_secs(120);
/// Until the gateway has found the bare handler.
const FOUND_WITHIN: Duration = Duration::from_secs(20);
/// Far from any number near it, so that another product each time comes from all over the tables.
const STRIDE: u64 = 7_919;

pub(super) async fn measure(shop: &PrivateShop, products: &[ProductId], scale: &Scale) -> Result<Reads> {
    let reader = Reader { api: shop.staff().as_nobody(), scale };
    let first = format!("/products/{}", products[0]);
    let answer = expect_success(reader.api.send(|| reader.api.request(Method::GET, &first)).await?).await?;
    let tag = answer.headers().get(ETAG).cloned().ok_or_else(|| anyhow!("a product has no ETag"))?;
    let body = answer.text().await?;
    let bare = bare::serving(shop.services().discovery().client(), body, async {
        reader.answers(bare::PATH, FOUND_WITHIN, |_| true).await?;
        reader.saturated(StatusCode::OK, |_| reader.api.request(Method::GET, bare::PATH)).await
    });
    let bare = bare.await?;

    let nth = |number: u64| &products[usize::try_from(number).unwrap_or_default() % products.len()];
    let few = u64::try_from(FEW_PRODUCTS)?;
    let product = reader.saturated(StatusCode::OK, |number| reader.product(nth(number % few))).await?;
    let alone = Pace::Closed { connections: 1 };
    let product_alone = reader.read(alone, StatusCode::OK, |number| reader.product(nth(number % few))).await?;
    let product_uncached =
        reader.saturated(StatusCode::OK, |number| reader.product(nth(number.wrapping_mul(STRIDE)))).await?;
    let unchanged = |_| reader.product(&products[0]).header(IF_NONE_MATCH, tag.clone());
    let product_unchanged = reader.saturated(StatusCode::NOT_MODIFIED, unchanged).await?;
    let page = |_| reader.api.request(Method::GET, "/products").query(&[("category", "audio"), ("sort", "price")]);
    let page = reader.saturated(StatusCode::OK, page).await?;

    let last = products.len() - 1;
    let id = products[last].to_string();
    let found = |page: &Value| page["data"].as_array().is_some_and(|data| data.iter().any(|found| found["id"] == id));
    reader.answers(&format!("/products?q={}", catalogue::name(last)), INDEXED_WITHIN, found).await?;
    let pace = Pace::Open { per_second: SEARCHES_PER_SECOND, at_once: AT_ONCE };
    let search = |number| reader.api.request(Method::GET, "/products").query(&[("q", catalogue::query(number))]);
    let search = reader.read(pace, StatusCode::OK, search).await?;
    let index_s = index_anew(shop).await?.as_secs_f64();
    Ok(Reads {
        products: products.len(),
        bare,
        product,
        product_alone,
        product_uncached,
        product_unchanged,
        page,
        search,
        index_s,
    })
}

/// How long a replica takes that begins with nothing: it is ready when its index has the whole catalogue.
async fn index_anew(shop: &PrivateShop) -> Result<Duration> {
    let replica = shop.services().instance("product")?;
    replica.stop().await?;
    let begun = Instant::now();
    replica.start().await?;
    shop.services().ready().await?;
    Ok(begun.elapsed())
}

struct Reader<'a> {
    api: Api,
    scale: &'a Scale,
}

impl Reader<'_> {
    fn product(&self, id: &ProductId) -> RequestBuilder {
        self.api.request(Method::GET, &format!("/products/{id}"))
    }

    async fn saturated(&self, wanted: StatusCode, request: impl Fn(u64) -> RequestBuilder) -> Result<Read> {
        self.read(Pace::Closed { connections: self.scale.connections }, wanted, request).await
    }

    /// Every answer has to be the wanted one.
    async fn read(&self, pace: Pace, wanted: StatusCode, request: impl Fn(u64) -> RequestBuilder) -> Result<Read> {
        let one = async |turn: Turn| {
            let answer = request(turn.number).send().await?;
            let (status, url) = (answer.status(), answer.url().clone());
            answer.bytes().await?;
            ensure!(status == wanted, "{url} answered {status}");
            Ok(turn.due.elapsed())
        };
        let bounds = Bounds { turns: u64::MAX, time: self.scale.loop_time };
        let add = |sum: &mut Result<Latency>, took: Result<Duration>| match (sum.as_mut(), took) {
            (Ok(latency), Ok(took)) => latency.record(took),
            (Ok(_), Err(error)) => *sum = Err(error),
            (Err(_), _) => {}
        };
        let (latency, took) = paced(pace, bounds, Latency::new(), one, add).await?;
        let latency = latency?;
        Ok(Read {
            per_s: latency.count() as f64 / took.as_secs_f64(),
            p50_ms: latency.p50_ms(),
            p99_ms: latency.p99_ms(),
        })
    }

    /// Waits until `path` is answered as wanted.
    async fn answers(&self, path: &str, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Result<()> {
        let answered = wait::until(format!("an answer to GET {path}"), limit, async || {
            let answer = self.api.request(Method::GET, path).send().await;
            Ok(match answer {
                Ok(answer) if answer.status().is_success() => match answer.json().await {
                    Ok(body) if wanted(&body) => Look::There(Ok(())),
                    Ok(body) => Look::NotYet(format!("it is {body}")),
                    Err(error) => Look::There(Err(anyhow!(error))),
                },
                // Of a path, or a service, that the gateway has not found yet.
                Ok(answer) if answer.status() == StatusCode::NOT_FOUND => Look::NotYet(answer.status().to_string()),
                Ok(answer) if answer.status().is_client_error() => Look::There(expect_success(answer).await.map(drop)),
                Ok(answer) => Look::NotYet(answer.status().to_string()),
                Err(error) => Look::There(Err(anyhow!(error))),
            })
        });
        answered.await?
    }
}
