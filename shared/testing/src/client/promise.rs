//! What the contract of the shop promises: whatever a test asks for, the answer is one that `docs/openapi.json` names.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::api::Answer;
use crate::repository;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let path = repository().join("docs/openapi.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
});

/// By the place of the schema in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Panics where `answer` is none that the contract names for `method` at its path: status, kind of body, body, code.
pub(super) fn check(method: &Method, answer: &Answer) {
    let what = format!("{method} {} answered {} {}", answer.path, answer.status, answer.text);
    let Some((template, operations)) = find(&answer.path) else {
        let is_ours = answer.path.starts_with("/api/");
        assert!(!is_ours || answer.status >= 400, "{what}: the contract does not know the path");
        return;
    };
    // A GET route answers HEAD, without a body.
    if method == Method::HEAD {
        return;
    }
    let method = method.as_str().to_ascii_lowercase();
    let Some(operation) = operations.get(&method) else {
        assert!(answer.status >= 400, "{what}: the contract does not know the method");
        return;
    };
    let status = answer.status.to_string();
    let mut place = format!("/paths/{}/{method}/responses/{status}", template.replace('~', "~0").replace('/', "~1"));
    let mut promised = &operation["responses"][&status];
    assert!(!promised.is_null(), "{what}: the contract does not name the status");
    if let Some(shared) = promised["$ref"].as_str() {
        place = shared.trim_start_matches('#').to_owned();
        promised = DOCUMENT.pointer(&place).unwrap_or_else(|| panic!("{shared} is not in the contract"));
    }
    let Some(content) = promised["content"].as_object() else {
        assert!(answer.text.is_empty(), "{what}: the contract names no body");
        return;
    };
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    let schema = content.get(kind).map(|content| &content["schema"]);
    let schema = schema.unwrap_or_else(|| panic!("{what}: the contract does not name {kind}"));
    if kind.ends_with("json")
        && let Err(error) = validator(place, schema).validate(&answer.body)
    {
        panic!("{what}: the contract says otherwise, {error} at {}", error.instance_path());
    }
}

/// The path of the contract that `path` is one of, and what it answers to; the one with the fewest parameters.
fn find(path: &str) -> Option<(&'static String, &'static Value)> {
    let matches = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template.zip(path).all(|(known, asked)| known == asked || known.starts_with('{') && !asked.is_empty())
    };
    let paths = DOCUMENT["paths"].as_object()?;
    paths.iter().filter(|(template, _)| matches(template)).min_by_key(|(template, _)| template.matches('{').count())
}

fn validator(place: String, schema: &Value) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = validators.entry(place).or_insert_with_key(|place| {
        let whole = json!({ "allOf": [schema], "components": DOCUMENT["components"] });
        let made = jsonschema::validator_for(&whole);
        Arc::new(made.unwrap_or_else(|error| panic!("the schema at {place} is none: {error}")))
    });
    Arc::clone(made)
}
