//! What the shop answers over HTTP and what its contract says are the same paths and methods. That every answer is one which
//! the contract names is looked at wherever a test asks for something ([`livemart_testing::Api`]).

use std::collections::BTreeSet;

use livemart_streams::services;
use livemart_testing::{Shop, run};
use reqwest::Method;
use serde_json::Value;

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[test]
fn every_contract_is_of_paths_that_its_service_announces() {
    for service in services().iter().filter(|service| !service.prefixes().is_empty()) {
        let paths: BTreeSet<&str> = service.contract().unwrap().paths().collect();
        let is_under =
            |path: &str, prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| !rest.starts_with(|c| c != '/'));
        for path in &paths {
            assert!(service.prefixes().iter().any(|prefix| is_under(path, prefix)), "{} has {path}", service.name());
        }
        for prefix in service.prefixes() {
            assert!(paths.iter().any(|path| is_under(path, prefix)), "{} announces {prefix}", service.name());
        }
    }
}

#[test]
fn the_shop_answers_to_what_its_contract_names_and_to_nothing_else() {
    run(async {
        let shop = Shop::shared().await;
        let contract = shop.gateway.get("/openapi.json").await.expect(200);
        let paths = contract["paths"].as_object().unwrap();
        assert!(paths.len() > 40, "{}", paths.len());
        for (template, operations) in paths {
            // An id that names nothing, whatever it should name.
            let path: Vec<&str> =
                template.split('/').map(|segment| if segment.starts_with('{') { "nothing" } else { segment }).collect();
            let (path, named) =
                (path.join("/"), |method: &Method| operations.get(method.as_str().to_ascii_lowercase()));
            for method in METHODS {
                // Without a token: whatever changes something is refused for that, or for its missing body.
                let answer = shop.gateway.send(shop.gateway.request(method.clone(), &path)).await;
                let what = format!("{method} {path} answered {} {}", answer.status, answer.text);
                match named(&method) {
                    Some(_) => assert!(answer.status != 405 && answer.body["code"] != "unknown-path", "{what}"),
                    None => {
                        let allowed = answer.header("allow").unwrap_or_default().to_owned();
                        answer.expect_problem(405, "method-not-allowed");
                        for other in METHODS {
                            let is_allowed = allowed.split(',').any(|allowed| allowed == other.as_str());
                            assert_eq!(is_allowed, named(&other).is_some(), "{what}, but allows {allowed}");
                        }
                    }
                }
            }
        }
        shop.settles(&[]).await;
    });
}

#[test]
fn the_contract_that_is_served_is_the_one_that_is_committed() {
    run(async {
        let shop = Shop::shared().await;
        let committed = std::fs::read_to_string(livemart_streams::repository().join("docs/openapi.json")).unwrap();
        let served: Value = shop.gateway.get("/openapi.json").await.expect(200);
        assert_eq!(served, serde_json::from_str::<Value>(&committed).unwrap());
    });
}
