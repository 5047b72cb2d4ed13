//! Products, categories, search.

use livemart_contracts::{Money, ProductId};
use reqwest::Method;
use reqwest::header::ETAG;
use serde::{Deserialize, Serialize};

use super::{Api, Refusal, done, read, send};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Localized {
    pub ko: String,
    pub en: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Product {
    pub id: ProductId,
    pub sku: String,
    pub name: Localized,
    pub description: Localized,
    pub category: String,
    pub price: Money,
    pub available: i64,
}

/// What is searched for, as the API takes it and as the address of a page says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Search {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub category: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub min_price: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub max_price: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub in_stock: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sort: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cursor: String,
}

/// One page of what is found.
#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    pub data: Vec<Product>,
    pub facets: Facets,
    pub next_cursor: Option<String>,
    pub total: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub struct Facets {
    pub category: Vec<Facet>,
}

/// A category, and how much of it is found.
#[derive(Debug, Clone, Deserialize)]
pub struct Facet {
    pub value: String,
    pub count: u64,
}

/// A category with what is below it.
#[derive(Debug, Clone, Deserialize)]
pub struct Branch {
    pub slug: String,
    pub name: Localized,
    pub children: Vec<Branch>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Suggestion {
    pub text: String,
    pub product_id: ProductId,
}

/// A product as the staff writes it.
#[derive(Debug, Clone, Serialize)]
pub struct Draft {
    pub sku: String,
    pub name: Localized,
    pub description: Localized,
    pub category: String,
    pub price: Money,
}

#[derive(Deserialize)]
struct All<T> {
    data: Vec<T>,
}

impl Api {
    /// `limit` products of a search.
    pub async fn search(&self, search: &Search, limit: u16) -> Result<Found, Refusal> {
        read(self.get("/products").query(search).query(&[("limit", limit)])).await
    }

    pub async fn suggest(&self, q: &str) -> Result<Vec<Suggestion>, Refusal> {
        let all: All<_> = read(self.get("/products/suggest").query(&[("q", q)])).await?;
        Ok(all.data)
    }

    pub async fn categories(&self) -> Result<Vec<Branch>, Refusal> {
        let all: All<_> = read(self.get("/categories")).await?;
        Ok(all.data)
    }

    pub async fn product(&self, id: ProductId) -> Result<Product, Refusal> {
        read(self.get(&format!("/products/{id}"))).await
    }

    /// With the tag of this version, which a change has to name.
    pub async fn product_to_edit(&self, id: ProductId) -> Result<(Product, String), Refusal> {
        let answer = send(self.get(&format!("/products/{id}"))).await?;
        let tag = answer.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default().to_owned();
        let product = answer.json().await.map_err(|error| Refusal::unreachable(&error))?;
        Ok((product, tag))
    }

    pub async fn create_product(&self, draft: &Draft) -> Result<Product, Refusal> {
        read(self.post("/products").json(draft)).await
    }

    pub async fn change_product(&self, id: ProductId, tag: &str, draft: &Draft) -> Result<Product, Refusal> {
        let request = self.request(Method::PATCH, &format!("/products/{id}"));
        read(request.header("if-match", tag).json(draft)).await
    }

    pub async fn delete_product(&self, id: ProductId, tag: &str) -> Result<(), Refusal> {
        done(self.request(Method::DELETE, &format!("/products/{id}")).header("if-match", tag)).await
    }
}
