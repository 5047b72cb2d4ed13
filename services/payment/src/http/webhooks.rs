//! `POST /payments/webhooks/{provider}`: the provider says that something happened.
//!
//! Nothing that a webhook says is recorded. It makes a task, once, that looks the payment up at the provider and goes the way
//! of every other answer; see [`LookUp`]. Of what is not ours the provider hears that all is well: it would send it again for
//! days.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use livemart_messaging::Effect as _;
use livemart_runtime::App;
use livemart_web::body::MALFORMED_BODY;
use livemart_web::openapi::{Input, Operation, Schemas};
use livemart_web::{PathText, Problem, RawBody, RequestTrace};
use schemars::JsonSchema;
use serde::Serialize;

use crate::effects::{LookUp, LookUpRequest};
use crate::error::{INVALID_SIGNATURE, PaymentError, WEBHOOKS_NOT_CONFIGURED};
use crate::providers::{Notice, PaymentProvider, Refusal};
use crate::store::payments;

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub(super) struct Received {
    /// `accepted`: the payment is looked up; `ignored`: it is about none of ours.
    outcome: &'static str,
}

pub(super) async fn receive(
    State(app): State<App>,
    State(provider): State<Arc<dyn PaymentProvider>>,
    PathText(name): PathText,
    trace: RequestTrace,
    Delivery(headers): Delivery,
    RawBody(body): RawBody,
) -> Result<Json<Received>, PaymentError> {
    if name != provider.name() {
        return Err(Refusal::NeverSent.into());
    }
    let notice = Notice { headers: &headers, body: &body, now: app.edge.clock.now() };
    let ignored = Json(Received { outcome: "ignored" });
    let Some(hint) = provider.hint(&notice)? else { return Ok(ignored) };
    let order = hint.order_reference.as_ref().and_then(|order| order.parse().ok());
    let meant = payments::find_meant(app.store.db(), provider.name(), &hint.reference, order).await?;
    let Some((order_id, payment_id)) = meant else {
        tracing::debug!(provider = provider.name(), "a webhook about none of our payments");
        return Ok(ignored);
    };
    let mut work = app.store.begin().await?;
    let request = LookUpRequest { order_id, payment_id, reference: hint.reference };
    // The same webhook once more finds its task.
    work.ask::<LookUp>(trace, format!("{payment_id}:{}", hint.id), &request);
    work.commit().await?;
    Ok(Json(Received { outcome: "accepted" }))
}

/// What the provider hears of a webhook that is not listened to.
pub(crate) fn refused(refusal: &Refusal) -> Problem {
    match refusal {
        Refusal::NeverSent => Problem::not_found("payment provider"),
        Refusal::NoSecret => {
            tracing::error!(effect = LookUp::KIND, "webhooks arrive, and LIVEMART_PAYMENT_WEBHOOK_SECRET is not set");
            WEBHOOKS_NOT_CONFIGURED.problem(refusal.to_string()).retry_after(RETRY_AFTER)
        }
        Refusal::NotGenuine(_) => INVALID_SIGNATURE.problem(refusal.to_string()),
        Refusal::Malformed => MALFORMED_BODY.problem(refusal.to_string()),
    }
}

/// The headers of a webhook, which a provider signs it in.
pub(super) struct Delivery(HeaderMap);

impl<S: Sync> FromRequestParts<S> for Delivery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

impl Input for Delivery {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.takes_header("Stripe-Signature", "`t=…,v1=…`, of Stripe: when it signed the body, and how.");
    }
}

/// Seconds. Somebody has to set the secret; providers wait longer anyway.
const RETRY_AFTER: u32 = 60;
