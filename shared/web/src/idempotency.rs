//! `Idempotency-Key`: a request that is sent again is answered again, and done once.
//!
//! The row that remembers an answer is written in the transaction of its effect, so there is never one without the other.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;

use axum::body::Body as AxumBody;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use livemart_contracts::UserId;
use livemart_messaging::sql;
use schemars::{JsonSchema, json_schema};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::openapi::{Input, Operation, Output, Schemas};
use crate::{Problem, ProblemKind};

pub const KEY_MISSING: ProblemKind =
    ProblemKind::new(StatusCode::BAD_REQUEST, "idempotency-key-missing", "Idempotency key missing");
pub const KEY_INVALID: ProblemKind =
    ProblemKind::new(StatusCode::BAD_REQUEST, "idempotency-key-invalid", "Idempotency key invalid");
pub const KEY_REUSED: ProblemKind =
    ProblemKind::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency key reused");
pub const IN_PROGRESS: ProblemKind =
    ProblemKind::new(StatusCode::CONFLICT, "request-in-progress", "Request in progress");

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// What other shops' clients send at most.
const LONGEST_KEY: usize = 255;
/// Printable characters, not all of them spaces and quotes around the key.
const KEY_PATTERN: &str = "^[ -~]*[!#-~][ -~]*$";
/// A request that runs now is done within this time or not at all.
const RETRY_AFTER_SECONDS: u32 = 1;

/// The caller's name for a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(HEADER).ok_or_else(|| {
            KEY_MISSING.problem("send an Idempotency-Key header with a value of your own for each new request")
        })?;
        // The draft writes the key as a quoted string, most clients do not.
        let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
        if key.is_empty() || key.len() > LONGEST_KEY {
            let detail = format!("an Idempotency-Key has 1 to {LONGEST_KEY} printable characters");
            return Err(KEY_INVALID.problem(detail));
        }
        Ok(Self(key.to_owned()))
    }
}

impl Input for IdempotencyKey {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        let about = "The caller's name for this request: sent again with it, it is answered again and done once.";
        let key = json_schema!({ "type": "string", "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN });
        operation.needs_header("Idempotency-Key", about, key);
        operation.may_answer(&[KEY_MISSING, KEY_INVALID, KEY_REUSED, IN_PROGRESS]);
    }
}

/// A request that wants to be done once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub principal: UserId,
    /// The route's template: the same key on another route is another request.
    pub route: &'static str,
    pub key: IdempotencyKey,
    fingerprint: Vec<u8>,
}

impl Claim {
    /// `body` is the request as it was understood: white space and the order of fields do not make another request.
    pub fn new(caller: UserId, route: &'static str, key: IdempotencyKey, body: &impl Serialize) -> Self {
        let json = serde_json::to_vec(body).unwrap_or_else(|error| unreachable!("a request body is JSON: {error}"));
        Self { principal: caller, route, key, fingerprint: Sha256::digest(json).to_vec() }
    }

    fn id(&self) -> (Uuid, String, String) {
        (self.principal.uuid(), self.route.to_owned(), self.key.0.clone())
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub location: Option<String>,
    /// JSON.
    pub body: String,
    replayed: bool,
}

impl Answer {
    pub fn new(status: StatusCode, location: Option<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_else(|error| unreachable!("an answer is JSON: {error}"));
        Self { status, location, body, replayed: false }
    }

    /// Whether this is the answer to an earlier request.
    pub fn is_replayed(&self) -> bool {
        self.replayed
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(AxumBody::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// An [`Answer`] of 201 whose body is a `T`, for the signature of a handler.
#[derive(Debug, Clone)]
pub struct Once<T> {
    answer: Answer,
    body: PhantomData<fn() -> T>,
}

impl<T> From<Answer> for Once<T> {
    fn from(answer: Answer) -> Self {
        Self { answer, body: PhantomData }
    }
}

impl<T> IntoResponse for Once<T> {
    fn into_response(self) -> Response {
        self.answer.into_response()
    }
}

impl<T: JsonSchema> Output for Once<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation
            .answers(StatusCode::CREATED)
            .json(schemas.answered::<T>())
            .header("Location", "Where it is from now on, if it has an address of its own.")
            .header("Idempotent-Replayed", "`true` where this is the answer to an earlier request with the same key.");
    }
}

/// What is known of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody did it: do it, and [`remember_in`] the answer in the same transaction.
    New,
    /// It was done, and this was the answer.
    Done(Answer),
    /// The key was used for another body.
    OtherBody,
    /// The same request is under way.
    Running,
}

impl Claimed {
    /// The problem that answers a claim which is neither new nor done.
    pub fn problem(&self) -> Option<Problem> {
        match self {
            Self::New | Self::Done(_) => None,
            Self::OtherBody => Some(
                KEY_REUSED
                    .problem("this Idempotency-Key was used for another request; take a new one for each request"),
            ),
            Self::Running => {
                let detail = "a request with this Idempotency-Key is being worked on; send it again to get its answer";
                Some(IN_PROGRESS.problem(detail).retry_after(RETRY_AFTER_SECONDS))
            }
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    principal: Uuid,
    route: String,
    key: String,
    fingerprint: Vec<u8>,
    status: i16,
    location: Option<String>,
    body: String,
}

/// Says of each claim, in their order, whether it may go on. A claim that is [`Claimed::New`] is locked until the
/// transaction ends: the same request elsewhere is then [`Claimed::Running`].
pub async fn claim_in(tx: &impl ConnectionTrait, claims: &[&Claim]) -> Result<Vec<Claimed>, DbErr> {
    let principals: Vec<Uuid> = claims.iter().map(|claim| claim.principal.uuid()).collect();
    let routes: Vec<String> = claims.iter().map(|claim| claim.route.to_owned()).collect();
    let keys: Vec<String> = claims.iter().map(|claim| claim.key.0.clone()).collect();
    let locks = tx
        .query_all_raw(sql(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(principal::text || route || key, 0)) AS locked
             FROM unnest($1, $2, $3) WITH ORDINALITY AS claims (principal, route, key, place)
             ORDER BY place",
            [principals.clone().into(), routes.clone().into(), keys.clone().into()],
        ))
        .await?;
    let done = Row::find_by_statement(sql(
        "SELECT principal, route, key, fingerprint, status, location, body
         FROM idempotency_keys
         JOIN unnest($1, $2, $3) AS claims (principal, route, key) USING (principal, route, key)",
        [principals.into(), routes.into(), keys.into()],
    ))
    .all(tx)
    .await?;
    let done: HashMap<_, Row> =
        done.into_iter().map(|row| ((row.principal, row.route.clone(), row.key.clone()), row)).collect();

    let mut in_this_batch = HashSet::new();
    claims
        .iter()
        .zip(locks)
        .map(|(claim, lock)| {
            let id = claim.id();
            Ok(match done.get(&id) {
                Some(row) if row.fingerprint != claim.fingerprint => Claimed::OtherBody,
                Some(row) => Claimed::Done(Answer {
                    status: u16::try_from(row.status)
                        .ok()
                        .and_then(|code| StatusCode::from_u16(code).ok())
                        .unwrap_or_default(),
                    location: row.location.clone(),
                    body: row.body.clone(),
                    replayed: true,
                }),
                None if !lock.try_get::<bool>("", "locked")? || !in_this_batch.insert(id) => Claimed::Running,
                None => Claimed::New,
            })
        })
        .collect()
}

/// Remembers the answers of new claims.
pub async fn remember_in(tx: &impl ConnectionTrait, answers: &[(&Claim, &Answer)]) -> Result<(), DbErr> {
    if answers.is_empty() {
        return Ok(());
    }
    let principals: Vec<Uuid> = answers.iter().map(|(claim, _)| claim.principal.uuid()).collect();
    let routes: Vec<String> = answers.iter().map(|(claim, _)| claim.route.to_owned()).collect();
    let keys: Vec<String> = answers.iter().map(|(claim, _)| claim.key.0.clone()).collect();
    let fingerprints: Vec<Vec<u8>> = answers.iter().map(|(claim, _)| claim.fingerprint.clone()).collect();
    let statuses: Vec<i32> = answers.iter().map(|(_, answer)| i32::from(answer.status.as_u16())).collect();
    let locations: Vec<String> =
        answers.iter().map(|(_, answer)| answer.location.clone().unwrap_or_default()).collect();
    let bodies: Vec<String> = answers.iter().map(|(_, answer)| answer.body.clone()).collect();
    tx.execute_raw(sql(
        "INSERT INTO idempotency_keys (principal, route, key, fingerprint, status, location, body)
         SELECT principal, route, key, fingerprint, status, nullif(location, ''), body
         FROM unnest($1, $2, $3, $4, $5, $6, $7)
           AS answers (principal, route, key, fingerprint, status, location, body)",
        [
            principals.into(),
            routes.into(),
            keys.into(),
            fingerprints.into(),
            statuses.into(),
            locations.into(),
            bodies.into(),
        ],
    ))
    .await?;
    Ok(())
}
