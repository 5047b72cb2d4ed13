//! What every HTTP endpoint of the shop shares: problem bodies, callers, bodies, idempotency keys, pages, health.
//!
//! A handler says in its signature what it needs: [`Caller`], [`Body`], [`IdempotencyKey`], [`Query`], [`PageQuery`]. Whatever it
//! cannot have is answered as [`Problem`] before the handler runs. The same signature is the contract of the endpoint, as
//! OpenAPI: [`openapi`].

pub mod address;
mod answer;
pub mod body;
pub mod caller;
pub mod client_address;
mod headers;
pub mod health;
pub mod idempotency;
mod metrics;
pub mod openapi;
pub mod page;
pub mod path;
pub mod problem;
pub mod query;
pub mod request;
mod text;

pub use address::Address;
pub use answer::{EventStream, Located, Status};
pub use body::{Body, RawBody, Violations};
pub use caller::{Admin, Authenticate, Caller, Role, Unauthenticated};
pub use headers::{AcceptLanguage, LastEventId};
pub use idempotency::IdempotencyKey;
pub use page::{Page, PageQuery};
pub use path::{PathId, PathText};
pub use problem::{FieldError, Problem, ProblemKind};
pub use query::Query;
pub use request::RequestTrace;
