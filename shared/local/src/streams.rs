//! Makes the streams and consumers of a NATS server what the files of `streams/` say.
//!
//! The files are what `nats stream add --config` takes, and the requests are the plain JSON API, so
//! that a new field of the server needs nothing here. It is part of this crate because every local
//! shop, a test's too, needs its streams before its services; a Kubernetes Job runs the same code
//! through `livemart streams apply`.
//!
//! Only what a file says is compared and changed. What the server has beyond that is reported and
//! left alone: it may be a person's, or a replay's.

mod api;
mod definitions;
mod difference;
mod plan;

use crate::error::Result;
use api::Api;
pub use definitions::Definitions;
pub use difference::Difference;
pub use plan::{Change, Plan};

/// What would have to be changed.
pub async fn plan(client: &async_nats::Client, definitions: &Definitions) -> Result<Plan> {
    Plan::make(&Api::new(client), definitions).await
}

/// Changes what the plan says, and reads everything back: an older server takes what it does not
/// know without a word. Nothing is changed when a part of the plan is impossible.
pub async fn apply(client: &async_nats::Client, definitions: &Definitions, plan: &Plan) -> Result<()> {
    let api = Api::new(client);
    plan.carry_out(&api).await?;
    Plan::make(&api, definitions).await?.expect_empty(&api)
}
