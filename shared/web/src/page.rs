//! Lists: `?limit=&cursor=` in, `{"data":[…],"next_cursor":…}` out.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::openapi::{Input, Operation, Schemas};
use crate::{Problem, Query, Violations, query, text};

pub const DEFAULT_LIMIT: u32 = 20;
/// A page that a client can show and a query can read quickly.
pub const LARGEST_LIMIT: u32 = 100;

/// Which page is wanted, and further filters `F` (a struct with `deny_unknown_fields`).
#[derive(Debug, Clone)]
pub struct PageQuery<F = NoFilters> {
    pub limit: u32,
    cursor: Option<String>,
    pub filters: F,
}

/// For lists without filters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFilters {}

/// What every list takes; [`PageQuery`] reads it.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct PageParameters {
    /// How many rows a page has.
    #[schemars(range(min = 1, max = LARGEST_LIMIT), extend("default" = DEFAULT_LIMIT))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl<F> PageQuery<F> {
    /// Where the page before this one ended.
    pub fn cursor<C: DeserializeOwned>(&self) -> Result<Option<C>, Problem> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let json = BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|json| text::find_unstorable(json).is_none());
        match json.and_then(|json| serde_json::from_slice(&json).ok()) {
            Some(cursor) => Ok(Some(cursor)),
            None => {
                let mut wrong = Violations::default();
                wrong.require(false, "cursor", "invalid", "take the cursor from next_cursor of the page before");
                Err(wrong.into())
            }
        }
    }

    /// How many rows to read: one more than the page holds tells whether there is another page.
    pub fn rows_to_read(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

impl<F: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for PageQuery<F> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (mut wrong, parameters) = (Violations::default(), query::parameters(parts).await?);
        let (mut limit, mut cursor, mut rest) = (DEFAULT_LIMIT, None, serde_json::Map::new());
        for (name, value) in parameters {
            match name.as_str() {
                "limit" => match value.parse() {
                    Ok(number) if (1..=LARGEST_LIMIT).contains(&number) => limit = number,
                    _ => wrong.require(
                        false,
                        "limit",
                        "out-of-range",
                        format!("limit is a number from 1 to {LARGEST_LIMIT}"),
                    ),
                },
                "cursor" => cursor = Some(value),
                _ => drop(rest.insert(name, value.into())),
            }
        }
        let filters = query::read(rest, &mut wrong);
        wrong.check()?;
        match filters {
            Some(filters) => Ok(Self { limit, cursor, filters }),
            None => unreachable!("what could not be read is among the violations"),
        }
    }
}

impl<F: JsonSchema> Input for PageQuery<F> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Query::<F>::describe(operation, schemas);
        Query::<PageParameters>::describe(operation, schemas);
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    pub data: Vec<T>,
    /// Null at the end of the list.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `rows`, read with [`PageQuery::rows_to_read`]; `cursor` says where a row stands in the list.
    pub fn new<F, C: Serialize>(query: &PageQuery<F>, mut rows: Vec<T>, cursor: impl Fn(&T) -> C) -> Self {
        let limit = query.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = if more { rows.last() } else { None };
        let next_cursor = last.map(|row| {
            let json =
                serde_json::to_vec(&cursor(row)).unwrap_or_else(|error| unreachable!("a cursor is JSON: {error}"));
            BASE64_URL_SAFE_NO_PAD.encode(json)
        });
        Self { data: rows, next_cursor }
    }
}
