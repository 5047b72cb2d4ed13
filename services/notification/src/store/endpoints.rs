//! The table `webhook_endpoints`.

use chrono::{DateTime, Utc};
use livemart_contracts::ids::WebhookEndpointId;
use livemart_messaging::{Listing, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::{Disabled, NewEndpoint, Secret};
use crate::webhooks::DeliveryRequest;

/// An endpoint without its secrets.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Endpoint {
    pub id: Uuid,
    pub url: String,
    pub description: String,
    pub event_types: Vec<String>,
    pub previous_secret_until: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    pub disabled_reason: Option<String>,
    pub last_delivered_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, url, description, event_types, previous_secret_until, disabled_at, disabled_reason,
    last_delivered_at, created_at";

/// Who hears of an event.
#[derive(Debug, Clone)]
pub struct Listener {
    pub id: WebhookEndpointId,
    event_types: Vec<String>,
}

impl Listener {
    pub fn wants(&self, kind: &str) -> bool {
        self.event_types.is_empty() || self.event_types.iter().any(|wanted| wanted == kind)
    }
}

/// All endpoints that are not disabled: the staff may make a bounded number of them.
pub async fn listening(db: &impl ConnectionTrait) -> Result<Vec<Listener>, DbErr> {
    let rows = db
        .query_all_raw(sql("SELECT id, event_types FROM webhook_endpoints WHERE disabled_at IS NULL ORDER BY id", []))
        .await?;
    let listener = |row: &sea_orm::QueryResult| {
        let id: Uuid = row.try_get_by_index(0)?;
        Ok(Listener { id: id.into(), event_types: row.try_get_by_index(1)? })
    };
    rows.iter().map(listener).collect()
}

/// Inserts it unless there are `at_most` already; says whether it did. Two that are made at once wait for each other.
pub async fn insert_in(
    tx: &impl ConnectionTrait,
    id: WebhookEndpointId,
    new: &NewEndpoint,
    secret: &Secret,
    at_most: i64,
    now: DateTime<Utc>,
) -> Result<Option<Endpoint>, DbErr> {
    tx.execute_unprepared("LOCK TABLE webhook_endpoints IN SHARE ROW EXCLUSIVE MODE").await?;
    let row = Endpoint::find_by_statement(sql(
        &format!(
            "INSERT INTO webhook_endpoints (id, url, description, event_types, secret, created_at)
             SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM webhook_endpoints) < $7
             RETURNING {COLUMNS}"
        ),
        [
            id.uuid().into(),
            new.url.as_str().into(),
            new.description.clone().into(),
            new.event_types.clone().into(),
            secret.0.clone().into(),
            now.into(),
            at_most.into(),
        ],
    ));
    row.one(tx).await
}

pub async fn find(db: &impl ConnectionTrait, id: WebhookEndpointId) -> Result<Option<Endpoint>, DbErr> {
    let query = format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE id = $1");
    Endpoint::find_by_statement(sql(&query, [id.uuid().into()])).one(db).await
}

pub async fn list(
    db: &impl ConnectionTrait,
    after: Option<WebhookEndpointId>,
    limit: i64,
) -> Result<Vec<Endpoint>, DbErr> {
    let all = format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE true");
    let wanted = Listing::new(&all, []).and("id <", after.map(|id| id.uuid()));
    Endpoint::find_by_statement(wanted.page("id DESC", limit)).all(db).await
}

/// Deletes it with its deliveries and attempts; says whether it was there.
pub async fn delete_in(tx: &impl ConnectionTrait, id: WebhookEndpointId) -> Result<bool, DbErr> {
    let deleted = tx.execute_raw(sql("DELETE FROM webhook_endpoints WHERE id = $1", [id.uuid().into()])).await?;
    Ok(deleted.rows_affected() > 0)
}

/// Replaces the secret; the one before signs as well until `previous_until`.
pub async fn rotate_in(
    tx: &impl ConnectionTrait,
    id: WebhookEndpointId,
    secret: &Secret,
    previous_until: DateTime<Utc>,
) -> Result<Option<Endpoint>, DbErr> {
    let query = format!(
        "UPDATE webhook_endpoints SET previous_secret = secret, previous_secret_until = $3, secret = $2 WHERE id = $1
         RETURNING {COLUMNS}"
    );
    let values = [id.uuid().into(), secret.0.clone().into(), previous_until.into()];
    Endpoint::find_by_statement(sql(&query, values)).one(tx).await
}

/// Sends to it again.
pub async fn enable_in(tx: &impl ConnectionTrait, id: WebhookEndpointId) -> Result<Option<Endpoint>, DbErr> {
    let query = format!(
        "UPDATE webhook_endpoints SET disabled_at = NULL, disabled_reason = NULL WHERE id = $1 RETURNING {COLUMNS}"
    );
    Endpoint::find_by_statement(sql(&query, [id.uuid().into()])).one(tx).await
}

/// Remembers that these took something.
pub async fn delivered_in(
    tx: &impl ConnectionTrait,
    endpoints: &[WebhookEndpointId],
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if endpoints.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<Uuid> = endpoints.iter().map(|endpoint| endpoint.uuid()).collect();
    ids.sort_unstable();
    ids.dedup();
    tx.execute_raw(sql(
        "UPDATE webhook_endpoints SET last_delivered_at = $2
         WHERE id IN (SELECT id FROM webhook_endpoints WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)",
        [ids.into(), now.into()],
    ))
    .await?;
    Ok(())
}

/// Disables the endpoint of a delivery unless it is disabled; says whether it did. One that fails is spared if it took
/// anything since that delivery, whose outcome is not recorded yet, was tried first.
pub async fn disable_in(
    tx: &impl ConnectionTrait,
    delivery: DeliveryRequest,
    why: Disabled,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let disabled = tx
        .execute_raw(sql(
            "UPDATE webhook_endpoints SET disabled_at = $4, disabled_reason = $3
             FROM webhook_deliveries AS delivery
             WHERE id = $1 AND disabled_at IS NULL AND endpoint_id = id AND event_id = $2
               AND ($3 <> 'failing' OR coalesce(last_delivered_at < delivery.updated_at, true))",
            [delivery.endpoint_id.uuid().into(), delivery.event_id.uuid().into(), why.name().into(), now.into()],
        ))
        .await?;
    Ok(disabled.rows_affected() > 0)
}
