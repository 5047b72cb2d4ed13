//! Where somebody has parcels sent.

use futures::future::join_all;
use livemart_testing::{Answer, Shop, run};
use serde_json::{Value, json};

const ADDRESSES: &str = "/api/v1/users/me/addresses";
const MOST: usize = 20;

fn address(recipient: &str) -> Value {
    json!({ "recipient": recipient, "line1": "12 Sejong-daero", "city": "Seoul", "postal_code": "04524", "country": "KR" })
}

#[test]
fn addresses_are_kept_listed_and_deleted_by_their_owner_alone() {
    run(async {
        let shop = Shop::shared().await;
        let (owner, stranger) = (shop.customer().await, shop.customer().await);
        let mut kept = Vec::new();
        for recipient in ["Kim", "Lee"] {
            let answer = owner.api.post(ADDRESSES, &address(recipient)).await;
            let location = answer.header("location").unwrap().to_owned();
            let body = answer.expect(201);
            assert_eq!(location, format!("{ADDRESSES}/{}", body["id"].as_str().unwrap()));
            assert_eq!(owner.api.get(&location).await.expect(200), body);
            stranger.api.get(&location).await.expect_problem(404, "not-found");
            stranger.api.delete(&location).await.expect_problem(404, "not-found");
            kept.push((location, body));
        }
        let all = owner.api.get(ADDRESSES).await.expect(200);
        assert_eq!(all, json!({ "data": [kept[0].1, kept[1].1], "next_cursor": null }));
        let first = owner.api.get(&format!("{ADDRESSES}?limit=1")).await.expect(200);
        let next = first["next_cursor"].as_str().unwrap();
        let second = owner.api.get(&format!("{ADDRESSES}?limit=1&cursor={next}")).await.expect(200);
        assert_eq!(second, json!({ "data": [kept[1].1], "next_cursor": null }));

        owner.api.delete(&kept[0].0).await.expect(204);
        owner.api.delete(&kept[0].0).await.expect_problem(404, "not-found");
        assert_eq!(owner.api.get(ADDRESSES).await.expect(200)["data"], json!([kept[1].1]));
        assert_eq!(stranger.api.get(ADDRESSES).await.expect(200)["data"], json!([]));
        shop.gateway.get(ADDRESSES).await.expect_problem(401, "token-missing");
    });
}

#[test]
fn an_address_that_cannot_be_written_on_a_parcel_is_refused_and_so_is_one_too_many() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        for (field, wrong) in
            [("recipient", ""), ("city", " "), ("country", "Korea"), ("line1", "a\u{0}b"), ("phone", "1")]
        {
            let mut body = address("Kim");
            body[field] = json!(wrong);
            let problem = customer.api.post(ADDRESSES, &body).await.expect_problem(422, "validation-failed");
            assert!(problem["errors"].to_string().contains(&format!("/{field}")), "{field}: {problem}");
        }
        let added = join_all((0..MOST + 3).map(async |_| customer.api.post(ADDRESSES, &address("Kim")).await)).await;
        let (added, refused): (Vec<Answer>, Vec<Answer>) = added.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((added.len(), refused.len()), (MOST, 3));
        for answer in refused {
            answer.expect_problem(409, "too-many-addresses");
        }
    });
}
