//! The contract of the whole shop: those of the services, and what the gateway adds to every answer.
//!
//! It is made when the code is (`just generate`), not when somebody asks: it is a promise, so it does not depend on who runs,
//! and a change of it is seen in a review (ADR 35).

use livemart_web::ProblemKind;
use livemart_web::caller::INVALID_TOKEN;
use livemart_web::openapi::{self, Document};
use livemart_web::request::UNKNOWN_PATH;
use serde_json::{Value, json};

use crate::forward::failure::{BODY_TIMED_OUT, BROKEN, LEFT_ALONE, NO_REPLICA, TIMED_OUT};
use crate::http::limit::TOO_MANY_REQUESTS;

/// Whatever is asked for.
const AT_THE_DOOR: [ProblemKind; 2] = [INVALID_TOKEN, TOO_MANY_REQUESTS];
/// Whatever a service is asked for. The path of one that never was there is not known.
const ON_THE_WAY: [ProblemKind; 6] = [UNKNOWN_PATH, NO_REPLICA, LEFT_ALONE, BROKEN, TIMED_OUT, BODY_TIMED_OUT];

/// The document, as it is committed.
pub const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json"));

/// Makes the document from the gateway's own contract and those of the services behind it.
pub fn merge(own: &Document, services: &[Document]) -> Value {
    let mut documents = vec![own.clone().may_answer(&AT_THE_DOOR)];
    documents.extend(services.iter().map(|service| service.clone().may_answer(&AT_THE_DOOR).may_answer(&ON_THE_WAY)));
    let head = json!({
        "info": {
            "title": "LiveMart",
            "version": "1",
            "summary": "A shop that stays correct while parts of it fail.",
            "description": "Errors are problems (RFC 9457) whose `code` never changes. Lists go on at `next_cursor`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "The gateway that serves this document." }],
    });
    openapi::merge(head, &documents)
}
