//! What every HTTP endpoint of the shop shares: problem bodies, callers, bodies, idempotency keys, pages, health.
//!
//! A handler says in its signature what it needs: [`Caller`], [`Body`], [`IdempotencyKey`], [`Query`], [`PageQuery`]. Whatever it
//! cannot have is answered as [`Problem`] before the handler runs.

pub mod address;
pub mod body;
pub mod caller;
pub mod health;
pub mod idempotency;
mod metrics;
pub mod page;
pub mod path;
pub mod problem;
pub mod query;
pub mod request;
mod text;

pub use address::Address;
pub use body::{Body, Violations};
pub use caller::{Admin, Authenticate, Caller, Role, Unauthenticated};
pub use idempotency::IdempotencyKey;
pub use page::{Page, PageQuery};
pub use path::PathId;
pub use problem::{FieldError, Problem};
pub use query::Query;
pub use request::RequestTrace;
