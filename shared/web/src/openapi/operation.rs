//! One method of one path: what it takes, and everything that it may answer.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::ProblemKind;

/// How access tokens are sent; declared in the merged document.
pub(super) const BEARER: &str = "bearer";

/// The contract of one method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    id: &'static str,
    summary: &'static str,
    notes: Vec<&'static str>,
    /// Of the path, in their order, those first that no extractor has taken yet.
    path_parameters: Vec<String>,
    parameters: Vec<Value>,
    body: Option<Schema>,
    needs_token: bool,
    answers: BTreeMap<u16, Answer>,
    problems: BTreeSet<ProblemKind>,
}

/// A good answer.
#[derive(Debug, Clone)]
pub struct Answer {
    description: &'static str,
    content: Option<(&'static str, Option<Schema>)>,
    headers: Map<String, Value>,
}

/// `id` names the operation in generated clients and never changes; `summary` is one line for a person.
pub fn operation(id: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        summary,
        notes: Vec::new(),
        path_parameters: Vec::new(),
        parameters: Vec::new(),
        body: None,
        needs_token: false,
        answers: BTreeMap::new(),
        problems: BTreeSet::new(),
    }
}

impl Operation {
    /// The kinds of problems that the handler decides on, beside those of what it takes.
    pub fn refuses(mut self, kinds: &[ProblemKind]) -> Self {
        self.may_answer(kinds);
        self
    }

    /// More about it than its summary.
    pub fn notes(mut self, text: &'static str) -> Self {
        self.note(text);
        self
    }

    pub fn note(&mut self, text: &'static str) {
        self.notes.push(text);
    }

    pub fn may_answer(&mut self, kinds: &[ProblemKind]) {
        self.problems.extend(kinds);
    }

    pub fn needs_token(&mut self) {
        self.needs_token = true;
    }

    pub fn takes_json(&mut self, schema: Schema) {
        self.body = Some(schema);
    }

    /// The next parameter of the path.
    pub fn takes_path_parameter(&mut self, schema: Schema) {
        assert!(!self.path_parameters.is_empty(), "{} takes more parameters than its path has", self.id);
        let name = self.path_parameters.remove(0);
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }

    /// Each property of `schema` is a parameter of the query.
    pub fn takes_query(&mut self, schema: &Schema) {
        let mut properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        // The same in every build, also in one with serde_json's `preserve_order`.
        properties.sort_keys();
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (name, mut schema) in properties {
            let required = required.iter().any(|required| *required == name);
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            without_null(&mut schema);
            let mut parameter = json!({ "name": name, "in": "query", "required": required, "schema": schema });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            self.parameters.push(parameter);
        }
    }

    /// A header of any text.
    pub fn takes_header(&mut self, name: &'static str, about: &'static str) {
        self.parameters
            .push(json!({ "name": name, "in": "header", "description": about, "schema": { "type": "string" } }));
    }

    /// A header that has to be there, and to be like `schema`.
    pub fn needs_header(&mut self, name: &'static str, about: &'static str, schema: Schema) {
        self.parameters
            .push(json!({ "name": name, "in": "header", "required": true, "description": about, "schema": schema }));
    }

    /// A good answer of this status, to be said more of.
    pub fn answers(&mut self, status: StatusCode) -> &mut Answer {
        let description = status.canonical_reason().unwrap_or("Answered");
        let new = Answer { description, content: None, headers: Map::new() };
        self.answers.entry(status.as_u16()).or_insert(new)
    }

    /// What was said to be answered with 200 is answered with `status`.
    pub fn answers_instead(&mut self, status: StatusCode) {
        if let Some(mut answer) = self.answers.remove(&StatusCode::OK.as_u16()) {
            answer.description = status.canonical_reason().unwrap_or(answer.description);
            self.answers.insert(status.as_u16(), answer);
        }
    }

    pub(super) fn at(&mut self, path: &str) {
        let named = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        self.path_parameters = named.map(str::to_owned).collect();
    }

    /// Everything that a path names is taken by somebody.
    pub(super) fn is_complete(&self) -> bool {
        self.path_parameters.is_empty() && !self.answers.is_empty()
    }

    pub(super) fn id(&self) -> &'static str {
        self.id
    }

    /// As OpenAPI writes it. `problem` writes the answer of one status that has these kinds of problems.
    pub(super) fn render(&self, tag: &str, mut problem: impl FnMut(StatusCode, &[ProblemKind]) -> Value) -> Value {
        let mut responses: BTreeMap<String, Value> = BTreeMap::new();
        for (status, answer) in &self.answers {
            responses.insert(status.to_string(), answer.render());
        }
        let kinds: Vec<ProblemKind> = self.problems.iter().copied().collect();
        for kinds in kinds.chunk_by(|one, other| one.status == other.status) {
            let status = kinds[0].status;
            responses.insert(status.as_str().to_owned(), problem(status, kinds));
        }
        let mut operation = json!({ "operationId": self.id, "tags": [tag], "summary": self.summary });
        if !self.notes.is_empty() {
            operation["description"] = self.notes.join(" ").into();
        }
        if self.needs_token {
            operation["security"] = json!([{ BEARER: [] }]);
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = self.parameters.clone().into();
        }
        if let Some(schema) = &self.body {
            operation["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        }
        operation["responses"] = json!(responses);
        operation
    }
}

impl Answer {
    pub fn json(&mut self, schema: Schema) -> &mut Self {
        self.content("application/json", schema)
    }

    pub fn content(&mut self, kind: &'static str, schema: impl Into<Option<Schema>>) -> &mut Self {
        self.content = Some((kind, schema.into()));
        self
    }

    pub fn header(&mut self, name: &'static str, about: &'static str) -> &mut Self {
        self.headers.insert(name.to_owned(), json!({ "description": about, "schema": { "type": "string" } }));
        self
    }

    pub fn means(&mut self, description: &'static str) -> &mut Self {
        self.description = description;
        self
    }

    fn render(&self) -> Value {
        let mut answer = json!({ "description": self.description });
        if let Some((kind, schema)) = &self.content {
            answer["content"] = match schema {
                Some(schema) => json!({ *kind: { "schema": schema } }),
                None => json!({ *kind: {} }),
            };
        }
        if !self.headers.is_empty() {
            answer["headers"] = Value::Object(self.headers.clone());
        }
        answer
    }
}

/// A parameter that is missing is not sent as null.
fn without_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            schema.extend(only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}
