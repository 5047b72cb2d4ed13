//! A whole shop whose payments go to a provider in this process, and the operator's program beside it.

use livemart_contracts::OrderId;
use livemart_local::DEMO_ADMIN;
use livemart_testing::{Answer, Customer, Shop, binaries, eventually};
use reqwest::Method;
use serde_json::Value;
use tokio::process::Command;

use crate::double::{Books, Double, KEY};

pub const WEBHOOK_SECRET: &str = "whsec_of_this_shop";

/// A shop that pays with `provider`, who gives up soon where nobody answers.
pub async fn paying_with<B: Books>(provider: &str, double: &Double<B>) -> Shop {
    Shop::open_with(|options| {
        options
            .with("LIVEMART_PAYMENT_PROVIDER", provider)
            .with("LIVEMART_PAYMENT_PROVIDER_URL", double.url.as_str())
            .with("LIVEMART_PAYMENT_PROVIDER_LIMIT_SECONDS", "1")
            .with("LIVEMART_PAYMENT_SECRET_KEY", KEY)
            .with("LIVEMART_PAYMENT_WEBHOOK_SECRET", &format!("whsec_of_last_year,{WEBHOOK_SECRET}"))
    })
    .await
}

/// Sends a webhook as a provider does.
pub async fn webhook(shop: &Shop, provider: &str, body: &str, signature: Option<&str>) -> Answer {
    let path = format!("/api/v1/payments/webhooks/{provider}");
    let request = shop.gateway.request(Method::POST, &path).header("content-type", "application/json");
    let request = signature.into_iter().fold(request, |request, it| request.header("stripe-signature", it));
    shop.gateway.send(request.body(body.to_owned())).await
}

/// Waits until the payment of the order is there and in this state, by the payment service itself.
pub async fn is_paid(customer: &Customer, order: OrderId, status: &str) {
    let what = format!("the payment of {order} being {status}");
    eventually(&what, async || match customer.payment(order).await {
        Some(payment) if payment["status"] == status => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

pub async fn fails(customer: &Customer, order: OrderId, code: &str) {
    let failed = eventually("the order failing", async || {
        let order = customer.order(order).await.expect(200);
        if order["status"] == "failed" { Ok(order) } else { Err(order) }
    });
    assert_eq!(failed.await["failure"]["code"], "payment-declined");
    assert_eq!(customer.payment(order).await.unwrap()["failure"]["code"], code);
}

/// As if everything had happened two hours ago.
pub async fn is_long_ago(shop: &Shop) {
    let mut admin = shop.admin().await;
    let aged = "UPDATE payments.payments SET updated_at = updated_at - interval '2 hours'";
    sqlx::query(aged).execute(&mut admin).await.unwrap();
}

/// What `livemart reconcile` says, and whether it found nothing.
pub async fn reconciled(shop: &Shop, arguments: &[&str]) -> (String, bool) {
    let mut command = Command::new(binaries().join("livemart"));
    command.args(["reconcile", "--hours", "3"]).args(arguments);
    command.args(["--shop-url", shop.gateway_url(), "--email", DEMO_ADMIN]);
    command.args(["--password", &shop.servers.secrets.demo_admin]);
    let output = command.output().await.unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (text, output.status.success())
}

/// The differences that it finds, for programs.
pub async fn differences(shop: &Shop) -> Vec<Value> {
    let (text, clean) = reconciled(shop, &["--json"]).await;
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let found = report["differences"].as_array().unwrap().clone();
    assert_eq!(clean, found.is_empty(), "{text}");
    found
}

/// What a shop's owner pastes into a terminal, a ticket or a chat.
#[test]
fn no_secret_is_in_what_the_program_says_about_itself() {
    for arguments in ["--help", "config", "describe"] {
        let mut command = std::process::Command::new(binaries().join("livemart-payment"));
        command.arg(arguments).envs([
            ("LIVEMART_PAYMENT_PROVIDER", "stripe"),
            ("LIVEMART_PAYMENT_SECRET_KEY", "sk_live_secret"),
            ("LIVEMART_PAYMENT_WEBHOOK_SECRET", "whsec_secret"),
        ]);
        let output = command.output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && !text.is_empty(), "{text}");
        assert!(!text.contains("sk_live") && !text.contains("whsec_secret"), "{arguments}: {text}");
    }
}
