//! Accounts, sessions, addresses.

use livemart_contracts::ids::AddressId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Api, Page, Refusal, done, read};

/// More than an account may keep.
const ALL_ADDRESSES: &str = "100";

/// What a session is made of.
#[derive(Clone, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub email: String,
    pub name: String,
}

/// Postal. The names of its fields are those of the API and those of the forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub recipient: String,
    pub line1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    pub city: String,
    pub postal_code: String,
    pub country: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct KeptAddress {
    pub id: AddressId,
    #[serde(flatten)]
    pub address: Address,
}

impl Api {
    pub async fn register(&self, name: &str, email: &str, password: &str) -> Result<(), Refusal> {
        done(self.post("/users").json(&json!({ "name": name, "email": email, "password": password }))).await
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Tokens, Refusal> {
        read(self.post("/sessions").json(&json!({ "email": email, "password": password }))).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Result<Tokens, Refusal> {
        read(self.post("/sessions/refresh").json(&json!({ "refresh_token": refresh_token }))).await
    }

    pub async fn sign_out(&self) -> Result<(), Refusal> {
        done(self.request(Method::DELETE, "/sessions")).await
    }

    pub async fn me(&self) -> Result<Account, Refusal> {
        read(self.get("/users/me")).await
    }

    /// The newest first.
    pub async fn addresses(&self) -> Result<Vec<KeptAddress>, Refusal> {
        let page: Page<_> = read(self.get("/users/me/addresses").query(&[("limit", ALL_ADDRESSES)])).await?;
        Ok(page.data)
    }

    pub async fn keep_address(&self, address: &Address) -> Result<(), Refusal> {
        done(self.post("/users/me/addresses").json(address)).await
    }

    pub async fn forget_address(&self, id: AddressId) -> Result<(), Refusal> {
        done(self.request(Method::DELETE, &format!("/users/me/addresses/{id}"))).await
    }
}
