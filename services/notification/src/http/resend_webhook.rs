//! `POST /webhook-endpoints/{id}/attempts/{attempt}/resend`: the staff have the event of an attempt sent once more, under
//! the same `webhook-id`.

use axum::extract::State;
use livemart_contracts::ids::{WebhookAttempt, WebhookAttemptId, WebhookEndpoint, WebhookEndpointId};
use livemart_messaging::UnitOfWork;
use livemart_web::{Admin, PathId, RequestTrace, Status};

use super::Desk;
use crate::error::Error;
use crate::store::deliveries::{self, WAITING};
use crate::webhooks::{Deliver, DeliveryRequest};

pub async fn handle(
    State(desk): State<Desk>,
    _: Admin,
    trace: RequestTrace,
    PathId(endpoint): PathId<WebhookEndpoint>,
    PathId(attempt): PathId<WebhookAttempt>,
) -> Result<Status<202>, Error> {
    let mut work = desk.store.begin().await?;
    let outcome = resend(&mut work, trace, endpoint, attempt).await;
    work.conclude(outcome).await?;
    Ok(Status(()))
}

async fn resend(
    work: &mut UnitOfWork,
    trace: RequestTrace,
    endpoint_id: WebhookEndpointId,
    attempt: WebhookAttemptId,
) -> Result<(), Error> {
    let delivery = deliveries::lock_of_attempt_in(work.tx(), endpoint_id, attempt).await?;
    let delivery = delivery.ok_or(Error::NoSuch("attempt"))?;
    if delivery.status == WAITING {
        return Err(Error::Waiting);
    }
    if delivery.disabled {
        return Err(Error::EndpointDisabled);
    }
    let request = DeliveryRequest { event_id: delivery.event_id.into(), endpoint_id };
    let resends = deliveries::resend_in(work.tx(), request, work.now()).await?;
    work.ask::<Deliver>(trace, format!("{}:{resends}", request.subject()), &request);
    Ok(())
}
