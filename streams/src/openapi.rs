//! What the shop answers over HTTP, as one OpenAPI 3.1 document.

use livemart_runtime::Service;
use livemart_web::openapi::Document;

pub fn document() -> String {
    let own = livemart_gateway::http::contract();
    let services = crate::services();
    let behind: Vec<Document> = services
        .iter()
        .filter(|service| !service.prefixes().is_empty())
        .filter_map(Service::contract)
        .cloned()
        .collect();
    let document = livemart_gateway::contract::merge(&own, &behind);
    crate::json(serde_json::to_value(document).unwrap_or_else(|error| unreachable!("a document is JSON: {error}")))
}
