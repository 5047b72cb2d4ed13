//! A webhook endpoint in JSON.

use chrono::{DateTime, Utc};
use livemart_contracts::ids::WebhookEndpointId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::Secret;
use crate::domain::signature::SECRET_BYTES;
use crate::error::Error;
use crate::store::endpoints::Endpoint;

#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "WebhookEndpoint")]
pub struct EndpointView {
    pub id: WebhookEndpointId,
    url: String,
    description: String,
    /// None: all that there are.
    event_types: Vec<String>,
    /// `enabled` or `disabled`.
    status: &'static str,
    disabled_at: Option<DateTime<Utc>>,
    /// `gone`: it answered 410; `failing`: it took nothing for days.
    disabled_reason: Option<String>,
    last_delivered_at: Option<DateTime<Utc>>,
    /// Until when the secret before this one signs as well.
    previous_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.into(),
            url: endpoint.url,
            description: endpoint.description,
            event_types: endpoint.event_types,
            status: if endpoint.disabled_at.is_some() { "disabled" } else { "enabled" },
            disabled_at: endpoint.disabled_at,
            disabled_reason: endpoint.disabled_reason,
            last_delivered_at: endpoint.last_delivered_at,
            previous_secret_until: endpoint.previous_secret_until,
            created_at: endpoint.created_at,
        }
    }
}

/// An endpoint with a new secret, which is shown this once.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "WebhookEndpointWithSecret")]
pub struct WithSecret {
    #[serde(flatten)]
    endpoint: EndpointView,
    secret: String,
}

impl WithSecret {
    pub fn new(endpoint: Endpoint, secret: &Secret) -> Self {
        Self { endpoint: endpoint.into(), secret: secret.reveal() }
    }
}

pub fn new_secret() -> Result<Secret, Error> {
    let mut bytes = vec![0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(Error::NoRandomness)?;
    Ok(Secret(bytes))
}
