//! A shop of one's own whose mail and webhooks arrive on this machine.

use livemart_local::{Replica, ShopOptions};
use livemart_testing::{Api, Customer, MailCatcher, Shop, eventually};
use serde_json::{Value, json};
use sqlx::Connection as _;

pub const STAFF: &str = "staff@example.com";

pub struct Desk {
    pub shop: Shop,
    pub mail: MailCatcher,
}

impl Desk {
    pub async fn open() -> Self {
        Self::open_with(|options| options).await
    }

    pub async fn open_with(configure: impl FnOnce(ShopOptions) -> ShopOptions) -> Self {
        let mail = MailCatcher::start().await;
        let shop = Shop::open_with(|options| {
            configure(
                options
                    .with("LIVEMART_NOTIFICATION_SMTP_URL", &mail.url())
                    .with("LIVEMART_NOTIFICATION_STAFF_ADDRESS", STAFF),
            )
        });
        Self { shop: shop.await, mail }
    }

    /// The replicas of the notification service.
    pub async fn replicas(&self) -> Vec<Replica> {
        let mut replicas = self.shop.discovery().replicas().await.unwrap();
        replicas.retain(|replica| replica.service == "notification");
        replicas
    }

    /// Somebody with this address, signed in.
    pub async fn customer(&self, email: &str) -> Customer {
        let password = "teal-otter-counts-9-lanterns";
        let account = json!({ "email": email, "password": password, "name": "Hana" });
        let user = self.shop.gateway.post("/api/v1/users", &account).await.expect(201);
        let credentials = json!({ "email": email, "password": password });
        let session = self.shop.gateway.post("/api/v1/sessions", &credentials).await.expect(201);
        let customer = Customer {
            api: self.shop.gateway.clone(),
            id: user["id"].as_str().unwrap().parse().unwrap(),
            email: email.to_owned(),
            refresh_token: String::new(),
        };
        customer.renewed(&session)
    }

    /// Runs `sql` as the superuser: for what only time can bring about.
    pub async fn execute(&self, sql: &'static str) {
        let mut admin = self.shop.admin().await;
        sqlx::raw_sql(sql).execute(&mut admin).await.unwrap();
        admin.close().await.unwrap();
    }

    pub async fn close(self) {
        self.shop.close().await;
    }
}

/// Waits until the caller has as many notifications of this kind, and gives them back.
pub async fn told(api: &Api, kind: &str, number: usize) -> Vec<Value> {
    let what = format!("{number} notifications of {kind}");
    eventually(&what, async || {
        let list = api.get("/api/v1/notifications?limit=100").await.expect(200);
        let found: Vec<Value> =
            list["data"].as_array().unwrap().iter().filter(|told| told["kind"] == kind).cloned().collect();
        if found.len() == number { Ok(found) } else { Err(list) }
    })
    .await
}
