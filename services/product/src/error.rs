//! Why the service refuses, and how each refusal looks to a client.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use livemart_web::{Problem, ProblemKind, Violations};
use sea_orm::{DbErr, SqlErr};

use crate::domain::Breach;

pub const SKU_TAKEN: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "sku-taken", "SKU taken");
pub const PRECONDITION_REQUIRED: ProblemKind =
    ProblemKind::new(StatusCode::PRECONDITION_REQUIRED, "precondition-required", "Precondition required");
pub const PRECONDITION_FAILED: ProblemKind =
    ProblemKind::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", "Precondition failed");
pub const CATEGORY_NOT_EMPTY: ProblemKind =
    ProblemKind::new(StatusCode::CONFLICT, "category-not-empty", "Category not empty");
pub const TOO_MANY_CATEGORIES: ProblemKind =
    ProblemKind::new(StatusCode::CONFLICT, "too-many-categories", "Too many categories");
pub const BUSY: ProblemKind = ProblemKind::unavailable("busy");

/// The index that keeps one SKU to one product.
const SKU_KEY: &str = "products_sku_key";

/// Searches take milliseconds: the crowd is gone by then.
const BUSY_RETRY_SECONDS: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such product")]
    NotFound,
    #[error("another product has the SKU {0}; choose another one, or change that product")]
    SkuTaken(String),
    #[error("send the ETag of the product as you know it in an If-Match header")]
    PreconditionRequired,
    #[error("the product has changed and is at version {current} now; read it again and repeat your change on it")]
    PreconditionFailed { current: i64 },
    #[error("the product breaks {} rules", .0.len())]
    Invalid(Vec<Breach>),
    #[error("there is no such category")]
    NoSuchCategory,
    #[error("other categories stand below this one; move or delete them first")]
    CategoryNotEmpty,
    #[error("there are {} categories already, and there can be no more", crate::domain::category::MOST)]
    TooManyCategories,
    #[error("too many searches are waiting")]
    Busy,
    #[error(transparent)]
    Database(#[from] DbErr),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// What it means that a product with this SKU could not be written.
    pub fn writing(sku: &str, error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(message)) if message.contains(SKU_KEY) => {
                Self::SkuTaken(sku.to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

impl From<Vec<Breach>> for Error {
    fn from(breaches: Vec<Breach>) -> Self {
        Self::Invalid(breaches)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::NotFound => Problem::not_found("product"),
            Error::NoSuchCategory => Problem::not_found("category"),
            Error::CategoryNotEmpty => CATEGORY_NOT_EMPTY.problem(detail),
            Error::TooManyCategories => TOO_MANY_CATEGORIES.problem(detail),
            Error::SkuTaken(_) => SKU_TAKEN.problem(detail),
            Error::PreconditionRequired => PRECONDITION_REQUIRED.problem(detail),
            Error::PreconditionFailed { .. } => PRECONDITION_FAILED.problem(detail),
            Error::Invalid(breaches) => {
                let mut wrong = Violations::default();
                for Breach { pointer, code, detail } in breaches {
                    wrong.require(false, pointer, code, detail);
                }
                wrong.into()
            }
            Error::Busy => BUSY.problem(detail).retry_after(BUSY_RETRY_SECONDS),
            Error::Internal(error) => Problem::internal(&error),
            Error::Database(error) => Problem::database(&error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
