//! Query parameters: of a known shape, as bodies are.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::body::VALIDATION_FAILED;
use crate::openapi::{Input, Operation, Schemas};
use crate::{Problem, Violations, text};

/// The parameters of a call that answers no list. Its type should have `#[serde(deny_unknown_fields)]`, and fields of text.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let parameters = parameters(parts).await?.into_iter().map(|(name, value)| (name, value.into()));
        let mut wrong = Violations::default();
        match read(parameters.collect(), &mut wrong) {
            Some(value) => Ok(Self(value)),
            None => Err(wrong.into()),
        }
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.takes_query(&schemas.asked::<T>());
        operation.may_answer(&[VALIDATION_FAILED]);
    }
}

/// Every parameter, in its order.
pub(crate) async fn parameters(parts: &mut Parts) -> Result<Vec<(String, String)>, Violations> {
    let parameters = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, &()).await;
    let Ok(axum::extract::Query(parameters)) = parameters else {
        let mut wrong = Violations::default();
        wrong.require(false, "", "invalid", "the query cannot be read");
        return Err(wrong);
    };
    match parameters.iter().find(|(_, value)| !text::is_storable(value)) {
        Some((name, _)) => Err(text::unstorable(name.clone())),
        None => Ok(parameters),
    }
}

/// Where `parameters` are of another shape, that is added to `wrong`.
pub(crate) fn read<T: DeserializeOwned>(parameters: Map<String, Value>, wrong: &mut Violations) -> Option<T> {
    let read = T::deserialize(Value::Object(parameters));
    read.map_err(|error| wrong.require(false, "", "invalid", format!("the query cannot be read: {error}"))).ok()
}
