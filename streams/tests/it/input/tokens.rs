//! Access tokens that nobody issued, or not for this.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use livemart_contracts::Clock;
use livemart_contracts::ids::SessionId;
use livemart_runtime::identity::{Claims, SigningKey};
use livemart_testing::run;
use serde_json::{Value, json};

use super::Wrongs;

fn part(json: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(json.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The claims of `token`, with others in the place of some.
fn claims(token: &str, others: Value) -> Claims {
    let mut claims = decoded(token.split('.').nth(1).unwrap());
    claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    serde_json::from_value(claims).unwrap()
}

/// The key that signs the tokens of the shop.
async fn stolen_key(wrongs: &Wrongs) -> SigningKey {
    let mut admin = wrongs.shop.admin().await;
    let query = "SELECT pkcs8 FROM users.signing_keys WHERE retired_at IS NULL";
    SigningKey::from_pkcs8(sqlx::query_scalar(query).fetch_one(&mut admin).await.unwrap()).unwrap()
}

#[test]
fn a_token_that_is_forged_expired_or_foreign_is_refused_at_every_door() {
    run(async {
        let wrongs = Wrongs::prepare().await;
        let token = wrongs.customer.api.token().unwrap().to_owned();
        let parts: Vec<&str> = token.split('.').collect();
        let (ours, other) = (stolen_key(&wrongs).await, SigningKey::generate().unwrap());
        let signed = |key: &SigningKey, others: Value| key.sign(&claims(&token, others)).unwrap();
        let headed = |header: Value, signature: &str| format!("{}.{}.{signature}", part(&header), parts[1]);

        let mut admin = decoded(parts[1]);
        admin["role"] = json!("admin");
        let mut tampered = decoded(parts[0]);
        tampered["alg"] = json!("HS256");
        let now = chrono::Utc::now().timestamp();
        let forged = [
            ("nothing", String::new()),
            ("no token", "x".to_owned()),
            ("without a signature", format!("{}.{}.", parts[0], parts[1])),
            ("with another role", format!("{}.{}.{}", parts[0], part(&admin), parts[2])),
            ("alg none", headed(json!({ "alg": "none", "typ": "JWT" }), "")),
            ("alg none, of our key", headed(json!({ "alg": "none", "kid": ours.kid() }), "")),
            ("another algorithm, of our key", headed(tampered, parts[2])),
            ("of another key", signed(&other, json!({}))),
            (
                "of another key under our name",
                headed(
                    json!({ "alg": "EdDSA", "kid": ours.kid() }),
                    signed(&other, json!({})).split('.').nth(2).unwrap(),
                ),
            ),
            ("expired", signed(&ours, json!({ "exp": now - 60 }))),
            ("not valid yet", signed(&ours, json!({ "nbf": now + 60 }))),
            ("for another audience", signed(&ours, json!({ "aud": "another shop" }))),
            ("of another issuer", signed(&ours, json!({ "iss": "another shop" }))),
        ];
        let replicas = wrongs.shop.discovery().replicas().await.unwrap();
        let order = replicas.iter().find(|replica| replica.service == "order").unwrap();
        for (what, token) in forged {
            for door in [wrongs.shop.gateway.clone(), wrongs.shop.gateway.elsewhere(&order.address)] {
                let answer = door.with_token(&token).post_with_key("/api/v1/orders", what, &wrongs.order()).await;
                assert_eq!(answer.status, 401, "{what}: {}", answer.text);
                answer.expect_problem(401, if what == "expired" { "token-expired" } else { "invalid-token" });
            }
        }

        // A client that still sends its old token can sign in again.
        let expired = wrongs.shop.gateway.with_token(&signed(&ours, json!({ "exp": now - 60 })));
        expired.get("/api/v1/products").await.expect(200);
        let unknown = json!({ "email": "nobody@example.com", "password": "a password nobody has" });
        expired.post("/api/v1/sessions", &unknown).await.expect_problem(401, "invalid-credentials");

        // The tools of this test do make tokens that are believed.
        let session: SessionId = Clock::default().new_id();
        let good = wrongs.shop.gateway.with_token(&signed(&ours, json!({ "sid": session })));
        good.get("/api/v1/orders").await.expect(200);
        for header in ["Basic YTpi", "Bearer", "bearer ", "Token x"] {
            let request =
                wrongs.shop.gateway.request(reqwest::Method::GET, "/api/v1/orders").header("authorization", header);
            wrongs.shop.gateway.send(request).await.expect_problem(401, "invalid-token");
        }
        wrongs.nothing_happened().await;
    });
}
