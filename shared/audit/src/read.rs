//! Reads the books: the database in one snapshot, then what the broker has not delivered.

use std::collections::BTreeMap;

use async_nats::jetstream;
use chrono::DateTime;
use futures::TryStreamExt as _;
use livemart_contracts::stream::DEAD_LETTERS;
use livemart_contracts::{OrderId, ProductId};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::{Books, Hold, Order, Payment, Quantities, Reservation, Shown, Stock, Unfinished};

/// The schemas whose services publish events.
pub const PUBLISHING: [&str; 5] = ["users", "products", "orders", "payments", "inventory"];

/// What keeps books from being read: the database or the broker is away, or holds what nobody writes.
pub type Unreadable = Box<dyn std::error::Error + Send + Sync>;

/// Who may read them: a role that may in every schema, and a user who may on NATS, as the auditor's.
pub struct Reading<'a> {
    pub database: &'a mut PgConnection,
    pub jetstream: &'a jetstream::Context,
}

impl Books {
    /// Reads all of them. What is in the database is of one moment. `progress` is told what is being read.
    pub async fn read(reading: Reading<'_>, mut progress: impl FnMut(&str)) -> Result<Self, Unreadable> {
        let Reading { database, jetstream } = reading;
        let mut snapshot = database.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let mut read = |what| progress(what);
        let mut books = Self::default();
        read("orders");
        books.orders = orders(&mut snapshot).await?;
        read("payments");
        books.payments = payments(&mut snapshot).await?;
        read("the provider's holds");
        books.holds = holds(&mut snapshot).await?;
        read("reservations");
        books.reservations = reservations(&mut snapshot).await?;
        read("movements");
        books.moved = moved(&mut snapshot).await?;
        read("stock");
        books.stock = stock(&mut snapshot).await?;
        read("outboxes and tasks");
        for schema in PUBLISHING {
            books.unfinished.extend(unpublished(&mut snapshot, schema).await?);
            books.unfinished.extend(waiting_tasks(&mut snapshot, schema).await?);
        }
        snapshot.rollback().await?;
        read("what is not delivered");
        books.unfinished.extend(undelivered(jetstream).await?);
        Ok(books)
    }
}

async fn rows(db: &mut PgConnection, query: &'static str) -> Result<Vec<PgRow>, sqlx::Error> {
    db.fetch_all(query).await
}

async fn orders(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Order>, Unreadable> {
    let query = "SELECT order_id, orders.status, total, lines::text, expires_at,
                        order_payments.status AS shown, captured, refunded, updated_at
                 FROM orders.orders LEFT JOIN orders.order_payments USING (order_id)";
    let order = |row: PgRow| {
        let shown = match row.try_get::<Option<String>, _>("shown")? {
            Some(status) => {
                Some(Shown { status, captured: row.try_get("captured")?, refunded: row.try_get("refunded")? })
            }
            None => None,
        };
        let order = Order {
            status: row.try_get("status")?,
            total: row.try_get("total")?,
            lines: quantities(row.try_get("lines")?)?,
            expires_at: row.try_get("expires_at")?,
            shown,
            updated_at: row.try_get("updated_at")?,
        };
        Ok((order_id(&row)?, order))
    };
    rows(db, query).await?.into_iter().map(order).collect()
}

async fn payments(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Payment>, Unreadable> {
    let query =
        "SELECT order_id, status, coalesce(amount, 0) AS amount, captured, refunded, provider_reference, updated_at,
                provider = 'sandbox' AS in_sandbox,
                (SELECT coalesce(sum(refunds.amount), 0)::bigint FROM payments.refunds
                 WHERE refunds.order_id = payments.order_id AND refunds.status = 'succeeded') AS given_back,
                (SELECT coalesce(json_agg(line), '[]')::text
                 FROM payments.refunds, jsonb_array_elements(restock) AS line
                 WHERE refunds.order_id = payments.order_id AND refunds.status = 'succeeded') AS restocked
         FROM payments.payments";
    let payment = |row: PgRow| {
        let payment = Payment {
            status: row.try_get("status")?,
            amount: row.try_get("amount")?,
            captured: row.try_get("captured")?,
            refunded: row.try_get("refunded")?,
            given_back: row.try_get("given_back")?,
            restocked: quantities(row.try_get("restocked")?)?,
            reference: row.try_get("provider_reference")?,
            in_sandbox: row.try_get("in_sandbox")?,
            updated_at: row.try_get("updated_at")?,
        };
        Ok((order_id(&row)?, payment))
    };
    rows(db, query).await?.into_iter().map(payment).collect()
}

async fn holds(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Vec<Hold>>, Unreadable> {
    let query = "SELECT order_reference, holds.reference, status, holds.amount, captured, refunded,
                        count(*) FILTER (WHERE kind = 'capture') AS captures,
                        count(*) FILTER (WHERE kind = 'void') AS voids
                 FROM sandbox.holds LEFT JOIN sandbox.operations USING (reference)
                 GROUP BY holds.reference";
    let mut holds = BTreeMap::<_, Vec<_>>::new();
    for row in rows(db, query).await? {
        let hold = Hold {
            reference: row.try_get("reference")?,
            status: row.try_get("status")?,
            amount: row.try_get("amount")?,
            captured: row.try_get("captured")?,
            refunded: row.try_get("refunded")?,
            captures: row.try_get("captures")?,
            voids: row.try_get("voids")?,
        };
        holds.entry(row.try_get::<String, _>("order_reference")?.parse()?).or_default().push(hold);
    }
    Ok(holds)
}

async fn reservations(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Reservation>, Unreadable> {
    let query = "SELECT order_id, status, lines::text, updated_at,
                        (SELECT coalesce(json_agg(line), '[]')::text
                         FROM inventory.returns, jsonb_array_elements(returns.lines) AS line
                         WHERE returns.order_id = reservations.order_id) AS returned
                 FROM inventory.reservations";
    let reservation = |row: PgRow| {
        let reservation = Reservation {
            status: row.try_get("status")?,
            lines: quantities(row.try_get("lines")?)?,
            returned: quantities(row.try_get("returned")?)?,
            updated_at: row.try_get("updated_at")?,
        };
        Ok((order_id(&row)?, reservation))
    };
    rows(db, query).await?.into_iter().map(reservation).collect()
}

async fn moved(db: &mut PgConnection) -> Result<BTreeMap<OrderId, BTreeMap<ProductId, (i64, i64)>>, Unreadable> {
    let query = "SELECT order_id, product_id, sum(on_hand)::bigint AS on_hand, sum(reserved)::bigint AS reserved
                 FROM inventory.movements WHERE order_id IS NOT NULL GROUP BY order_id, product_id";
    let mut moved = BTreeMap::<_, BTreeMap<_, _>>::new();
    for row in rows(db, query).await? {
        let change = (row.try_get("on_hand")?, row.try_get("reserved")?);
        moved.entry(order_id(&row)?).or_default().insert(product_id(&row)?, change);
    }
    Ok(moved)
}

async fn stock(db: &mut PgConnection) -> Result<BTreeMap<ProductId, Stock>, Unreadable> {
    let query = "SELECT product_id, stock.on_hand, stock.reserved, stock.updated_at, available,
                        coalesce(sum(movements.on_hand), 0)::bigint AS moved_on_hand,
                        coalesce(sum(movements.reserved), 0)::bigint AS moved_reserved
                 FROM inventory.stock LEFT JOIN inventory.movements USING (product_id)
                                      LEFT JOIN products.product_stock USING (product_id)
                 GROUP BY product_id, stock.on_hand, stock.reserved, stock.updated_at, available";
    let stock = |row: PgRow| {
        let stock = Stock {
            on_hand: row.try_get("on_hand")?,
            reserved: row.try_get("reserved")?,
            moved_on_hand: row.try_get("moved_on_hand")?,
            moved_reserved: row.try_get("moved_reserved")?,
            shown_available: row.try_get("available")?,
            updated_at: row.try_get("updated_at")?,
        };
        Ok((product_id(&row)?, stock))
    };
    rows(db, query).await?.into_iter().map(stock).collect()
}

async fn unpublished(db: &mut PgConnection, schema: &str) -> Result<Vec<Unfinished>, Unreadable> {
    let query = format!(
        "SELECT subject, headers ->> 'ce-correlationid' AS order_id, created_at
         FROM {schema}.outbox WHERE published_at IS NULL"
    );
    let event = |row: PgRow| {
        let subject: String = row.try_get("subject")?;
        Ok(Unfinished {
            order: named_order(&row)?,
            what: format!("{subject} in the outbox of {schema}"),
            since: row.try_get("created_at")?,
        })
    };
    db.fetch_all(AssertSqlSafe(query)).await?.into_iter().map(event).collect()
}

async fn waiting_tasks(db: &mut PgConnection, schema: &str) -> Result<Vec<Unfinished>, Unreadable> {
    let query = format!(
        "SELECT kind, attempts, last_error, request ->> 'order_id' AS order_id, created_at FROM {schema}.tasks
         WHERE status = 'waiting'"
    );
    let task = |row: PgRow| {
        let (kind, attempts): (String, i32) = (row.try_get("kind")?, row.try_get("attempts")?);
        let error = row.try_get::<Option<String>, _>("last_error")?.unwrap_or_default();
        Ok(Unfinished {
            order: named_order(&row)?,
            what: format!("the task {kind} of {schema}, tried {attempts} times: {error}"),
            since: row.try_get("created_at")?,
        })
    };
    db.fetch_all(AssertSqlSafe(query)).await?.into_iter().map(task).collect()
}

/// Messages that wait for a durable or for its acknowledgement, and those in the dead letters.
async fn undelivered(jetstream: &jetstream::Context) -> Result<Vec<Unfinished>, Unreadable> {
    let mut unfinished = Vec::new();
    let mut streams = jetstream.streams();
    while let Some(info) = streams.try_next().await? {
        let stream = jetstream.get_stream(&info.config.name).await?;
        if info.config.name == DEAD_LETTERS {
            for sequence in info.state.first_sequence..=info.state.last_sequence {
                let Ok(letter) = stream.get_raw_message(sequence).await else { continue };
                let order = letter.headers.get("ce-correlationid").and_then(|order| order.as_str().parse().ok());
                let what = format!("the dead letter {} {:?}", letter.subject, letter.headers);
                unfinished.push(Unfinished { order, what, since: None });
            }
        }
        let mut consumers = stream.consumers();
        while let Some(consumer) = consumers.try_next().await? {
            let unread = consumer.num_pending + consumer.num_ack_pending as u64;
            if unread > 0 {
                unfinished.push(waiting_messages(&stream, &consumer, unread).await?);
            }
        }
    }
    Ok(unfinished)
}

/// What a durable has not acknowledged, as old as the first message after the last one that it did.
async fn waiting_messages(
    stream: &jetstream::stream::Stream,
    consumer: &jetstream::consumer::Info,
    unread: u64,
) -> Result<Unfinished, Unreadable> {
    let next = stream.get_first_raw_message_by_subject(">", consumer.ack_floor.stream_sequence + 1).await;
    let since = next
        .ok()
        .and_then(|message| DateTime::from_timestamp(message.time.unix_timestamp(), message.time.nanosecond()));
    Ok(Unfinished { order: None, what: format!("{unread} messages with {}", consumer.name), since })
}

fn order_id(row: &PgRow) -> Result<OrderId, sqlx::Error> {
    row.try_get::<Uuid, _>("order_id").map(OrderId::from)
}

fn product_id(row: &PgRow) -> Result<ProductId, sqlx::Error> {
    row.try_get::<Uuid, _>("product_id").map(ProductId::from)
}

fn named_order(row: &PgRow) -> Result<Option<OrderId>, sqlx::Error> {
    Ok(row.try_get::<Option<String>, _>("order_id")?.and_then(|order| order.parse().ok()))
}

/// From `[{"product_id", "quantity"}]`. Events and orders write TypeIDs, the inventory's own table UUIDs.
fn quantities(lines: &str) -> Result<Quantities, Unreadable> {
    let lines: Vec<Value> = serde_json::from_str(lines)?;
    let mut quantities = Quantities::new();
    for line in lines {
        let id = line["product_id"].as_str().unwrap_or_default();
        let product = id.parse().or_else(|_| id.parse::<Uuid>().map(ProductId::from))?;
        let quantity = line["quantity"].as_i64().ok_or_else(|| format!("a line without a quantity: {line}"))?;
        *quantities.entry(product).or_default() += quantity;
    }
    Ok(quantities)
}

#[cfg(test)]
mod tests {
    use crate::books::tests::PRODUCT;

    use super::*;

    #[test]
    fn lines_are_read_under_both_spellings_of_a_product() {
        let uuid = PRODUCT.uuid();
        let lines = format!(r#"[{{"product_id":"{}","quantity":1}},{{"product_id":"{uuid}","quantity":2}}]"#, *PRODUCT);
        assert_eq!(quantities(&lines).ok(), Some([(*PRODUCT, 3)].into()));
    }
}
