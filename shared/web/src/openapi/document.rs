//! The contract of a service, and of all of them.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::operation::{BEARER, Operation};
use super::schemas::Schemas;
use crate::ProblemKind;
use crate::problem::{self, PROBLEM_JSON};
use crate::request::REQUEST_TIMED_OUT;

/// The contract of one service.
#[derive(Debug, Clone)]
pub struct Document {
    service: &'static str,
    /// Path, method, contract.
    operations: Vec<(&'static str, &'static str, Operation)>,
    schemas: Map<String, Value>,
}

impl Document {
    pub(super) fn new(
        service: &'static str,
        operations: Vec<(&'static str, &'static str, Operation)>,
        schemas: Map<String, Value>,
    ) -> Self {
        Self { service, operations, schemas }.may_answer(&[problem::INTERNAL, REQUEST_TIMED_OUT])
    }

    /// What every operation may answer beside what it says itself.
    pub fn may_answer(mut self, kinds: &[ProblemKind]) -> Self {
        self.operations.iter_mut().for_each(|(_, _, operation)| operation.may_answer(kinds));
        self
    }

    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.operations.iter().map(|(path, _, _)| *path)
    }
}

/// One document of all `documents`; `head` is its `info`, `servers` and the like. Panics where two of them contradict each
/// other.
pub fn merge(head: Value, documents: &[Document]) -> Value {
    let mut schemas = Schemas::default();
    schemas.answered::<problem::Members>();
    let mut named = schemas.named();
    let mut ids = BTreeMap::new();
    let mut problems = Problems::of(documents);
    let mut paths: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for Document { service, operations, schemas } in documents {
        for (name, schema) in schemas {
            let other = named.insert(name.clone(), schema.clone());
            assert!(other.is_none_or(|other| other == *schema), "two schemas are called {name}: one is of {service}");
        }
        for (path, method, operation) in operations {
            let other = ids.insert(operation.id(), path);
            assert_eq!(other, None, "two operations are called {}", operation.id());
            let rendered = operation.render(service, |status, kinds| problems.refer(status, kinds));
            paths.entry(path).or_default().insert(method, rendered);
        }
    }
    let scheme = json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" });
    let mut merged = head;
    merged["openapi"] = "3.1.0".into();
    merged["tags"] = documents.iter().map(|document| json!({ "name": document.service })).collect();
    merged["paths"] = json!(paths);
    merged["components"] =
        json!({ "securitySchemes": { BEARER: scheme }, "responses": problems.shared, "schemas": named });
    merged
}

/// Answers of problems. What several operations answer alike stands in the document once.
struct Problems {
    uses: BTreeMap<String, usize>,
    shared: BTreeMap<String, Value>,
}

impl Problems {
    fn of(documents: &[Document]) -> Self {
        let mut uses = BTreeMap::new();
        for (_, _, operation) in documents.iter().flat_map(|document| &document.operations) {
            operation.render("", |status, kinds| {
                *uses.entry(Self::name(status, kinds)).or_default() += 1;
                Value::Null
            });
        }
        Self { uses, shared: BTreeMap::new() }
    }

    fn name(status: StatusCode, kinds: &[ProblemKind]) -> String {
        let codes: Vec<_> = kinds.iter().map(|kind| kind.code).collect();
        format!("{}-{}", status.as_str(), codes.join("."))
    }

    fn refer(&mut self, status: StatusCode, kinds: &[ProblemKind]) -> Value {
        let name = Self::name(status, kinds);
        if self.uses.get(&name).is_none_or(|uses| *uses < 2) {
            return answer(status, kinds);
        }
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        self.shared.entry(name).or_insert_with(|| answer(status, kinds));
        reference
    }
}

fn answer(status: StatusCode, kinds: &[ProblemKind]) -> Value {
    let titles: Vec<_> = kinds.iter().map(|kind| format!("`{}`", kind.code)).collect();
    let reason = status.canonical_reason().unwrap_or("Refused");
    let codes: Vec<_> = kinds.iter().map(|kind| kind.code).collect();
    let narrowed = json!({ "properties": { "status": { "const": status.as_u16() }, "code": { "enum": codes } } });
    let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/Problem" }, narrowed] });
    let mut answer = json!({ "description": format!("{reason}: {}", titles.join(", ")) });
    answer["content"] = json!({ PROBLEM_JSON.to_str().unwrap_or_default(): { "schema": schema } });
    if let Some((name, about)) = header(status) {
        answer["headers"] = json!({ name: { "description": about, "schema": { "type": "string" } } });
    }
    answer
}

/// What goes with a status, whatever the kind of problem.
fn header(status: StatusCode) -> Option<(&'static str, &'static str)> {
    match status {
        StatusCode::UNAUTHORIZED => Some(("WWW-Authenticate", "The scheme that is asked for.")),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Some(("Retry-After", "Seconds after which to try again."))
        }
        _ => None,
    }
}
