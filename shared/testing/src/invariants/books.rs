//! Everything that was written down, read in one snapshot of the database and from the broker.

use std::collections::BTreeMap;

use async_nats::jetstream;
use chrono::{DateTime, Utc};
use futures::TryStreamExt as _;
use livemart_contracts::{OrderId, ProductId};
use livemart_local::{Addresses, OPERATOR};
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use uuid::Uuid;

/// How much of each product.
pub type Quantities = BTreeMap<ProductId, i64>;

/// What the services and the provider know, in their own words.
#[derive(Debug, Clone, Default)]
pub struct Books {
    pub orders: BTreeMap<OrderId, Order>,
    pub payments: BTreeMap<OrderId, Payment>,
    /// The payment provider's.
    pub holds: Vec<Hold>,
    pub reservations: BTreeMap<OrderId, Reservation>,
    /// What each order added to `on_hand` and to `reserved`, over all of its movements.
    pub moved: BTreeMap<OrderId, BTreeMap<ProductId, (i64, i64)>>,
    pub stock: BTreeMap<ProductId, Stock>,
    /// Events that are not published, tasks that are not done, messages that a consumer has not settled or gave up.
    pub unfinished: Vec<Unfinished>,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub status: String,
    pub total: i64,
    pub lines: Quantities,
    pub expires_at: DateTime<Utc>,
    /// What the order shows of its payment; `None` before the first news.
    pub shown: Option<Shown>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub status: String,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone)]
pub struct Payment {
    pub status: String,
    /// Zero in a tombstone.
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    /// The provider's name for the hold.
    pub reference: Option<String>,
}

/// Money at the provider.
#[derive(Debug, Clone)]
pub struct Hold {
    pub order: OrderId,
    pub reference: String,
    pub status: String,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
}

#[derive(Debug, Clone)]
pub struct Reservation {
    pub status: String,
    pub lines: Quantities,
}

/// A product's levels, and what its movements add up to.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    pub on_hand: i64,
    pub reserved: i64,
    pub moved_on_hand: i64,
    pub moved_reserved: i64,
    /// What the catalogue shows; `None` before the first news.
    pub shown_available: Option<i64>,
}

/// Something that is still to be done.
#[derive(Debug, Clone)]
pub struct Unfinished {
    pub order: Option<OrderId>,
    pub what: String,
}

/// The schemas whose services publish events.
const PUBLISHING: [&str; 5] = ["users", "products", "orders", "payments", "inventory"];
/// Where messages go that a consumer gave up.
const DEAD_LETTERS: &str = "DEAD_LETTERS";

/// What keeps books from being read: the database or the broker is away, or holds what nobody writes.
pub type Unreadable = Box<dyn std::error::Error + Send + Sync>;

impl Books {
    /// Reads all of them, as the superuser and the operator. What is in the database is of one moment.
    pub async fn read(addresses: &Addresses) -> Result<Self, Unreadable> {
        let mut admin = PgConnection::connect(&addresses.admin_database_url()).await?;
        let mut snapshot = admin.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let mut books = Self {
            orders: orders(&mut snapshot).await?,
            payments: payments(&mut snapshot).await?,
            holds: holds(&mut snapshot).await?,
            reservations: reservations(&mut snapshot).await?,
            moved: moved(&mut snapshot).await?,
            stock: stock(&mut snapshot).await?,
            unfinished: Vec::new(),
        };
        for schema in PUBLISHING {
            books.unfinished.extend(unpublished(&mut snapshot, schema).await?);
            books.unfinished.extend(waiting_tasks(&mut snapshot, schema).await?);
        }
        snapshot.rollback().await?;
        admin.close().await?;
        books.unfinished.extend(undelivered(addresses).await?);
        Ok(books)
    }
}

async fn rows(db: &mut PgConnection, query: &'static str) -> Result<Vec<PgRow>, sqlx::Error> {
    db.fetch_all(query).await
}

async fn orders(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Order>, Unreadable> {
    let query = "SELECT order_id, orders.status, total, lines::text, expires_at,
                        order_payments.status AS shown, captured, refunded
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
        };
        Ok((order_id(&row)?, order))
    };
    rows(db, query).await?.into_iter().map(order).collect()
}

async fn payments(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Payment>, Unreadable> {
    let query = "SELECT order_id, status, coalesce(amount, 0) AS amount, captured, refunded, provider_reference
                 FROM payments.payments";
    let payment = |row: PgRow| {
        let payment = Payment {
            status: row.try_get("status")?,
            amount: row.try_get("amount")?,
            captured: row.try_get("captured")?,
            refunded: row.try_get("refunded")?,
            reference: row.try_get("provider_reference")?,
        };
        Ok((order_id(&row)?, payment))
    };
    rows(db, query).await?.into_iter().map(payment).collect()
}

async fn holds(db: &mut PgConnection) -> Result<Vec<Hold>, Unreadable> {
    let query = "SELECT order_reference, reference, status, amount, captured, refunded FROM sandbox.holds";
    let hold = |row: PgRow| {
        Ok(Hold {
            order: row.try_get::<String, _>("order_reference")?.parse()?,
            reference: row.try_get("reference")?,
            status: row.try_get("status")?,
            amount: row.try_get("amount")?,
            captured: row.try_get("captured")?,
            refunded: row.try_get("refunded")?,
        })
    };
    rows(db, query).await?.into_iter().map(hold).collect()
}

async fn reservations(db: &mut PgConnection) -> Result<BTreeMap<OrderId, Reservation>, Unreadable> {
    let query = "SELECT order_id, status, lines::text FROM inventory.reservations";
    let reservation = |row: PgRow| {
        let lines = quantities(row.try_get("lines")?)?;
        Ok((order_id(&row)?, Reservation { status: row.try_get("status")?, lines }))
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
    let query = "SELECT product_id, stock.on_hand, stock.reserved, available,
                        coalesce(sum(movements.on_hand), 0)::bigint AS moved_on_hand,
                        coalesce(sum(movements.reserved), 0)::bigint AS moved_reserved
                 FROM inventory.stock LEFT JOIN inventory.movements USING (product_id)
                                      LEFT JOIN products.product_stock USING (product_id)
                 GROUP BY product_id, stock.on_hand, stock.reserved, available";
    let stock = |row: PgRow| {
        let stock = Stock {
            on_hand: row.try_get("on_hand")?,
            reserved: row.try_get("reserved")?,
            moved_on_hand: row.try_get("moved_on_hand")?,
            moved_reserved: row.try_get("moved_reserved")?,
            shown_available: row.try_get("available")?,
        };
        Ok((product_id(&row)?, stock))
    };
    rows(db, query).await?.into_iter().map(stock).collect()
}

async fn unpublished(db: &mut PgConnection, schema: &str) -> Result<Vec<Unfinished>, Unreadable> {
    let query = format!(
        "SELECT subject, headers ->> 'ce-correlationid' AS order_id FROM {schema}.outbox WHERE published_at IS NULL"
    );
    let event = |row: PgRow| {
        let subject: String = row.try_get("subject")?;
        Ok(Unfinished { order: named_order(&row)?, what: format!("{subject} in the outbox of {schema}") })
    };
    db.fetch_all(AssertSqlSafe(query)).await?.into_iter().map(event).collect()
}

async fn waiting_tasks(db: &mut PgConnection, schema: &str) -> Result<Vec<Unfinished>, Unreadable> {
    let query = format!(
        "SELECT kind, attempts, last_error, request ->> 'order_id' AS order_id FROM {schema}.tasks
         WHERE status = 'waiting'"
    );
    let task = |row: PgRow| {
        let (kind, attempts): (String, i32) = (row.try_get("kind")?, row.try_get("attempts")?);
        let error = row.try_get::<Option<String>, _>("last_error")?.unwrap_or_default();
        Ok(Unfinished { order: named_order(&row)?, what: format!("the task {kind}, tried {attempts} times: {error}") })
    };
    db.fetch_all(AssertSqlSafe(query)).await?.into_iter().map(task).collect()
}

/// Messages that wait for a durable or for its acknowledgement, and those in the dead letters.
async fn undelivered(addresses: &Addresses) -> Result<Vec<Unfinished>, Unreadable> {
    let client = livemart_local::operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
    let jetstream = jetstream::new(client);
    let mut unfinished = Vec::new();
    let mut streams = jetstream.streams();
    while let Some(info) = streams.try_next().await? {
        let stream = jetstream.get_stream(&info.config.name).await?;
        if info.config.name == DEAD_LETTERS {
            for sequence in info.state.first_sequence..=info.state.last_sequence {
                let Ok(letter) = stream.get_raw_message(sequence).await else { continue };
                let order = letter.headers.get("ce-correlationid").and_then(|order| order.as_str().parse().ok());
                unfinished.push(Unfinished {
                    order,
                    what: format!("the dead letter {} {:?}", letter.subject, letter.headers),
                });
            }
        }
        let mut consumers = stream.consumers();
        while let Some(consumer) = consumers.try_next().await? {
            let waiting = consumer.num_pending + consumer.num_ack_pending as u64;
            if waiting > 0 {
                unfinished.push(Unfinished { order: None, what: format!("{waiting} messages with {}", consumer.name) });
            }
        }
    }
    Ok(unfinished)
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

/// Books for the tests of the rules.
#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use livemart_contracts::Clock;

    use super::*;

    pub static ORDER: LazyLock<OrderId> = LazyLock::new(|| Clock::default().new_id());
    pub static PRODUCT: LazyLock<ProductId> = LazyLock::new(|| Clock::default().new_id());

    const PAID: i64 = 3_000;

    /// Of two pieces.
    pub fn order(status: &str) -> Order {
        Order {
            status: status.to_owned(),
            total: PAID,
            lines: [(*PRODUCT, 2)].into(),
            expires_at: Utc::now(),
            shown: Some(Shown { status: "captured".to_owned(), captured: PAID, refunded: 0 }),
        }
    }

    /// A shop that had ten pieces and sold two, for one order that is paid.
    pub fn confirmed() -> Books {
        let reference = "hold".to_owned();
        let payment = Payment {
            status: "captured".to_owned(),
            amount: PAID,
            captured: PAID,
            refunded: 0,
            reference: Some(reference.clone()),
        };
        let hold =
            Hold { order: *ORDER, reference, status: "captured".to_owned(), amount: PAID, captured: PAID, refunded: 0 };
        let reservation = Reservation { status: "committed".to_owned(), lines: [(*PRODUCT, 2)].into() };
        let stock = Stock { on_hand: 8, moved_on_hand: 8, shown_available: Some(8), ..Stock::default() };
        Books {
            orders: [(*ORDER, order("confirmed"))].into(),
            payments: [(*ORDER, payment)].into(),
            holds: vec![hold],
            reservations: [(*ORDER, reservation)].into(),
            moved: [(*ORDER, [(*PRODUCT, (-2, 0))].into())].into(),
            stock: [(*PRODUCT, stock)].into(),
            unfinished: Vec::new(),
        }
    }

    #[test]
    fn lines_are_read_under_both_spellings_of_a_product() {
        let uuid = PRODUCT.uuid();
        let lines = format!(r#"[{{"product_id":"{}","quantity":1}},{{"product_id":"{uuid}","quantity":2}}]"#, *PRODUCT);
        assert_eq!(quantities(&lines).ok(), Some([(*PRODUCT, 3)].into()));
    }
}
