//! Requests that are wrong: each is answered by a complete problem, changes nothing, and is no error of ours.

mod bodies;
mod keys;
mod paths;
mod tokens;

use livemart_contracts::ProductId;
use livemart_testing::{Customer, Shop};
use serde_json::{Value, json};

/// A customer who asks for what cannot be, and a product of which nothing must be sold meanwhile.
struct Wrongs {
    shop: &'static Shop,
    customer: Customer,
    pen: ProductId,
}

const PIECES: u32 = 10;

impl Wrongs {
    async fn prepare() -> Self {
        let shop = Shop::shared().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, PIECES).await);
        Self { shop, customer, pen }
    }

    fn order(&self) -> Value {
        json!({ "lines": [{ "product_id": self.pen, "quantity": 1 }], "payment_method": "pm_card_visa" })
    }

    /// Nothing was ordered, sold or logged as an error.
    async fn nothing_happened(&self) {
        let orders = self.customer.api.get("/api/v1/orders").await.expect(200);
        assert_eq!(orders["data"], json!([]));
        let stock = self.shop.staff().await.stock(self.pen).await;
        assert_eq!((&stock["on_hand"], &stock["reserved"]), (&json!(PIECES), &json!(0)));
        self.shop.settles(&[]).await;
    }
}
