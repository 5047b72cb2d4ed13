//! The contract of an endpoint (OpenAPI 3.1), taken from the signature of its handler.
//!
//! What a handler takes says which parameters, headers and body it reads and what it answers where they are missing; what it
//! returns says the status and the schema of its answer. Only what no type tells is written where the route is: a name, a
//! sentence, and the kinds of problems that the handler itself decides on.
//!
//! ```
//! # use axum::Json; use axum::http::StatusCode; use livemart_web::openapi::{Routes, operation};
//! # use livemart_web::{Caller, PageQuery, Page, Problem, ProblemKind};
//! # #[derive(serde::Serialize, schemars::JsonSchema)] struct Parcel { weight: u32 }
//! const LOST: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "parcel-lost", "Parcel lost");
//!
//! async fn list(caller: Caller, query: PageQuery) -> Result<Json<Page<Parcel>>, Problem> {
//! #   unimplemented!()
//! }
//!
//! let routes: Routes<()> = Routes::new()
//!     .get("/api/v1/parcels", list, operation("list_parcels", "The caller's parcels").refuses(&[LOST]));
//! ```
//!
//! [`Routes`] holds both, so that no route is without its contract and no contract without its route; [`Input`] and [`Output`]
//! are implemented beside each extractor and each kind of answer; [`merge`] makes one document of those of all services.

mod answers;
mod document;
mod handler;
mod operation;
mod routes;
mod schemas;

pub use document::{Document, merge};
pub use handler::{Documented, Input, Output};
pub use operation::{Answer, Operation, operation};
pub use routes::Routes;
pub use schemas::Schemas;
